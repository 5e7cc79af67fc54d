using System.Text.Json;
using GroupTherapy.Host.Processes;
using GroupTherapy.Host.State;

namespace GroupTherapy.Host.Topology;

/// <summary>A deployment read from a file instead of the real one, for tests of the host itself.</summary>
public static class FileTopology
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web);

    /// <summary>One process: a program, and the file that exists or the URL that answers while it is healthy.</summary>
    private sealed record Entry(
        string Name,
        int Instance,
        string Program,
        string[] Arguments,
        int Stage = 1,
        string? HealthyFile = null,
        string? HealthyUrl = null
    );

    public static IReadOnlyList<ProcessPlan> Read(string path, DataFolder folder)
    {
        var entries =
            JsonSerializer.Deserialize<Entry[]>(File.ReadAllText(path), Format)
            ?? throw new HostException($"{path} holds no topology.", "It is a JSON array of processes.");
        return [.. entries.Select(entry => Plan(entry, folder))];
    }

    private static ProcessPlan Plan(Entry entry, DataFolder folder)
    {
        var id = ProcessPlan.IdOf(entry.Name, entry.Instance, ProcessKind.Service);
        return new ProcessPlan
        {
            Name = entry.Name,
            Instance = entry.Instance,
            Kind = ProcessKind.Service,
            Address = entry.HealthyUrl ?? "-",
            Stage = entry.Stage,
            PidFile = folder.PidOf(id),
            LogFile = folder.LogOf(id),
            ReadyLimit = TimeSpan.FromSeconds(15),
            StopSteps = [(Signal.Terminate, TimeSpan.FromSeconds(3))],
            PrepareAsync = _ =>
                Task.FromResult(
                    new LaunchSpec
                    {
                        Program = entry.Program,
                        Arguments = entry.Arguments,
                        LogFile = folder.LogOf(id),
                        PidFile = folder.PidOf(id),
                    }
                ),
            NotReadyAsync = ct =>
                entry switch
                {
                    { HealthyUrl: { } url } => HttpProbe.NotReadyAsync(url, ct),
                    { HealthyFile: { } file } => Task.FromResult(File.Exists(file) ? null : $"{file} does not exist"),
                    _ => Task.FromResult<string?>(null),
                },
        };
    }
}
