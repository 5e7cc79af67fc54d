using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.History;

/// <summary>A deployment as somebody sees it who may use its gateway and signal its processes.</summary>
/// <param name="data">The deployment's data folder.</param>
/// <param name="gateway">Its public address.</param>
public sealed class Site(string data, Uri gateway)
{
    public Uri Gateway => gateway;

    /// <param name="patience">How long an answer may take; who is in the middle of something gives up earlier than who is only setting up.</param>
    public HttpClient Anonymous(TimeSpan? patience = null) => new() { BaseAddress = gateway, Timeout = patience ?? TimeSpan.FromSeconds(60) };

    /// <summary>
    /// The process as the host last started it. Read from the host's own file: asking <c>deploy/status</c> again and again would be a load of its own.
    /// </summary>
    public async Task<int> PidAsync(string name, int instance = 1) => (await StartedAsync(name, instance)).Pid;

    /// <summary>Waits until another process than <paramref name="former"/> stands in its place and answers.</summary>
    public Task StartedAgainAsync(string name, int instance, int former) =>
        Eventually.Async(
            async () => await StartedAsync(name, instance) is var now && now.Pid != former && await AnswersAsync(now.Address),
            () => $"{name} {instance} was not started again",
            TimeSpan.FromSeconds(180)
        );

    /// <summary>Sends a signal to a process by its pid: <c>KILL</c>, <c>STOP</c>, <c>CONT</c>.</summary>
    public static Task SignalAsync(int pid, string signal) => OutputAsync("/bin/kill", $"-{signal}", pid.ToString(CultureInfo.InvariantCulture));

    /// <summary>What a service was told at its start.</summary>
    public JsonNode Settings(string name, int instance = 1) => JsonNode.Parse(File.ReadAllText(Path.Combine(data, "settings", $"{name}-{instance}.json")))!;

    private async Task<(int Pid, string Address)> StartedAsync(string name, int instance)
    {
        var host = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(data, "host.json")))!;
        var started = host["processes"]!.AsArray().First(p => (string)p!["name"]! == name && (int)p["instance"]! == instance)!;
        return ((int)started["pid"]!, (string)started["address"]!);
    }

    private static async Task<bool> AnswersAsync(string address)
    {
        if (address.StartsWith("http://", StringComparison.Ordinal))
        {
            using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(3) };
            try
            {
                using var ready = await http.GetAsync(new Uri($"{address}/health/ready"));
                return ready.IsSuccessStatusCode;
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
            {
                return false;
            }
        }

        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPEndPoint.Parse(address));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static async Task<string> OutputAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {await output}{await error}");
    }
}
