using System.Text.Json;
using System.Text.Json.Serialization;
using GroupTherapy.Host.Checks;
using GroupTherapy.Host.Cli;
using GroupTherapy.Host.Processes;
using GroupTherapy.Host.Startup;
using GroupTherapy.Host.State;
using GroupTherapy.Host.Topology;

namespace GroupTherapy.Host.Commands;

/// <summary><c>deploy/check</c>: prints what is missing before the first member comes. Exit code 0 when nothing is missing.</summary>
public static class CheckCommand
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static async Task<int> RunAsync(Check check, Progress progress, TimeProvider clock)
    {
        var folder = new DataFolder(check.DataFolder);
        if (JsonFile.Read<HostState>(folder.HostFile) is not { Phase: Phase.Ready, Host.IsAlive: true } state)
        {
            throw new HostException($"No deployment runs from {folder.Root}.", "Start it first with deploy/up, and give the same --data DIR.");
        }

        var layout = await Deployment.LayoutAsync(folder, state, CancellationToken.None);
        var now = clock.GetUtcNow();
        IReadOnlyList<Finding> findings =
        [
            .. await AddressChecks.RunAsync(state.Options, now, CancellationToken.None),
            await ProcessesAsync(layout),
            .. await EngineChecks.RunAsync(CancellationToken.None),
            await MailChecks.RunAsync(folder, Services.Mails.Name, CancellationToken.None),
            .. MachineChecks.Run(folder, state.Options, now),
            .. await ContentChecks.RunAsync(layout, CancellationToken.None),
        ];
        var missing = findings.Where(f => f.Standing == Standing.Missing).ToList();
        if (check.Json)
        {
            progress.Print(JsonSerializer.Serialize(new { ok = missing.Count == 0, findings }, Format));
            return missing.Count == 0 ? 0 : 1;
        }

        Print("To be done before the first member comes", missing);
        Print("Worth knowing", findings.Where(f => f.Standing == Standing.Advice));
        Print("In order", findings.Where(f => f.Standing == Standing.Ok));
        progress.Print(missing.Count == 0 ? "\nNothing is missing." : $"\n{missing.Count} to be done.");
        return missing.Count == 0 ? 0 : 1;

        void Print(string title, IEnumerable<Finding> some)
        {
            if (some.ToList() is { Count: > 0 } all)
            {
                progress.Print($"\n{title}");
                all.ForEach(f => progress.Print($"  {f.Check,-16}{f.Text}"));
            }
        }
    }

    private static async Task<Finding> ProcessesAsync(Layout layout)
    {
        var looked = await Task.WhenAll(
            layout.All.Select(async p => (p.Id, Missing: Launcher.Running(p.PidFile) is null ? "does not run" : await p.NotReadyAsync(CancellationToken.None)))
        );
        var ill = looked.Where(l => l.Missing is not null).Select(l => $"{l.Id} ({l.Missing})").ToList();
        return ill.Count == 0
            ? Finding.Ok("processes", $"All {looked.Length} processes are healthy.")
            : Finding.Missing("processes", $"Not healthy: {string.Join(", ", ill)}. See deploy/status and the logs.");
    }
}
