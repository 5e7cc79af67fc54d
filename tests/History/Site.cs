using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.History;

/// <summary>A deployment as somebody sees it who may use its gateway and signal its processes.</summary>
/// <param name="root">The checkout, for <c>deploy/status</c>.</param>
/// <param name="data">The deployment's data folder.</param>
/// <param name="gateway">Its public address.</param>
public sealed class Site(string root, string data, Uri gateway)
{
    public Uri Gateway => gateway;

    /// <param name="patience">How long an answer may take; who is in the middle of something gives up earlier than who is only setting up.</param>
    public HttpClient Anonymous(TimeSpan? patience = null) => new() { BaseAddress = gateway, Timeout = patience ?? TimeSpan.FromSeconds(60) };

    /// <summary>What <c>deploy/status --json</c> says of one process.</summary>
    public async Task<JsonNode> ProcessAsync(string name, int instance = 1)
    {
        var status = JsonNode.Parse(await OutputAsync(Path.Combine(root, "deploy/status"), "--json", "--data", data))!;
        return status["processes"]!.AsArray().First(p => (string)p!["name"]! == name && (int)p["instance"]! == instance)!;
    }

    public async Task<int> PidAsync(string name, int instance = 1)
    {
        var pid = 0;
        await Eventually.Async(async () => (pid = (int?)(await ProcessAsync(name, instance))["pid"] ?? 0) > 0, () => $"{name} {instance} does not run", TimeSpan.FromSeconds(60));
        return pid;
    }

    /// <summary>Sends a signal to a process by its pid: <c>KILL</c>, <c>STOP</c>, <c>CONT</c>.</summary>
    public static Task SignalAsync(int pid, string signal) => OutputAsync("/bin/kill", $"-{signal}", pid.ToString(CultureInfo.InvariantCulture));

    /// <summary>What a service was told at its start.</summary>
    public JsonNode Settings(string name, int instance = 1) => JsonNode.Parse(File.ReadAllText(Path.Combine(data, "settings", $"{name}-{instance}.json")))!;

    private static async Task<string> OutputAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? await output : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {await output}{await error}");
    }
}
