using System.Diagnostics;
using System.Text.Json;
using GroupTherapy.Host.Processes;
using GroupTherapy.Tests.Support;
using Xunit;

namespace GroupTherapy.Deploy.Tests;

/// <summary>The real host as its own process, with tiny programs in the place of engines and services.</summary>
internal sealed class HostProcess(int port)
{
    private static readonly string Assembly = Path.Combine(AppContext.BaseDirectory, "GroupTherapy.Host.dll");

    public string Data { get; } = Engines.Folder("host");

    private string TopologyFile => Path.Combine(Data, "topology.json");

    public async Task WriteTopologyAsync(params object[] processes) => await File.WriteAllTextAsync(TopologyFile, JsonSerializer.Serialize(processes));

    /// <param name="healthyFile">A file that exists while it is healthy; it counts as healthy as long as it lives when left out.</param>
    public static object Tiny(
        string name,
        int instance = 1,
        int stage = 1,
        string script = "trap 'exit 0' TERM; while :; do sleep 0.1; done",
        string? healthyFile = null
    ) =>
        new
        {
            name,
            instance,
            program = "/bin/sh",
            arguments = new[] { "-c", script },
            stage,
            healthyFile,
        };

    public Task<(int Code, string Output)> UpAsync() => RunAsync("up", "--detach", "--port", $"{port}", "--topology", TopologyFile);

    public Task<(int Code, string Output)> DownAsync() => RunAsync("down");

    public async Task<JsonElement> StatusAsync()
    {
        var (code, output) = await RunAsync("status", "--json");
        Assert.True(code == 0, output);
        return JsonSerializer.Deserialize<JsonElement>(output);
    }

    /// <summary>Name and instance to pid, as status tells them; all must be healthy.</summary>
    public async Task<Dictionary<string, int>> PidsAsync()
    {
        var status = await StatusAsync();
        return status
            .GetProperty("processes")
            .EnumerateArray()
            .Where(p => p.GetProperty("healthy").GetBoolean())
            .ToDictionary(p => $"{p.GetProperty("name").GetString()}-{p.GetProperty("instance").GetInt32()}", p => p.GetProperty("pid").GetInt32());
    }

    /// <summary>The host that looks after the folder, as it wrote down itself.</summary>
    public ProcessRef Host()
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(Data, "host.json")));
        var host = json.RootElement.GetProperty("host");
        var process = new ProcessRef(host.GetProperty("pid").GetInt32(), host.GetProperty("startTicks").GetInt64(), host.GetProperty("bootId").GetString()!);
        Engines.Watch(process);
        return process;
    }

    public async Task<(int Code, string Output)> RunAsync(params string[] words)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var word in (string[])[Assembly, .. words, "--data", Data])
        {
            start.ArgumentList.Add(word);
        }

        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        foreach (var pidFile in Directory.Exists(Path.Combine(Data, "pids")) ? Directory.GetFiles(Path.Combine(Data, "pids")) : [])
        {
            if (Launcher.Running(pidFile) is { } running)
            {
                Engines.Watch(running.Process);
            }
        }

        return (process.ExitCode, await output + await errors);
    }
}
