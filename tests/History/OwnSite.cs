using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace GroupTherapy.History;

/// <summary>A deployment started for what is to be done to it, by <c>deploy/up --detach</c> in a temporary folder; gone with it.</summary>
public sealed class OwnSite : IAsyncDisposable
{
    private readonly string _data;
    private readonly bool _isOurs;

    private OwnSite(string data, Uri gateway, bool isOurs) => (_data, _isOurs, Site) = (data, isOurs, new Site(data, gateway));

    public Site Site { get; }

    public string Logs => Path.Combine(_data, "logs");

    /// <summary>The logs and data stay when it is over.</summary>
    public bool Keep { get; set; }

    /// <param name="running">The data folder of a deployment that runs already, to use instead; it is left running.</param>
    /// <param name="options">For <c>deploy/up</c>.</param>
    public static async Task<OwnSite> UpAsync(string? running, params string[] options)
    {
        if (running is not null)
        {
            return new OwnSite(
                running,
                new Uri((string)JsonNode.Parse(await RunAsync("deploy/status", "--json", "--data", running))!["gateway"]!),
                isOurs: false
            );
        }

        // The engines' own users must be able to reach their folders below it.
        var data = Directory.CreateTempSubdirectory("gt-own-").FullName;
        File.SetUnixFileMode(data, (UnixFileMode)0b111_101_101);
        // The crowds of an evening take and drop seats all the time.
        var own = Directory.CreateDirectory(Path.Combine(data, "settings", "own")).FullName;
        await File.WriteAllTextAsync(Path.Combine(own, "enrollment.json"), """{"Seats":{"ReleasesADay":100000}}""");
        var port = FreePort();
        await RunAsync("deploy/up", ["--detach", "--data", data, "--port", $"{port}", .. options]);
        return new OwnSite(data, new Uri($"http://127.0.0.1:{port}"), isOurs: true);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_isOurs)
        {
            return;
        }

        await RunAsync("deploy/down", "--data", _data);
        if (!Keep)
        {
            Directory.Delete(_data, recursive: true);
        }
    }

    private static async Task<string> RunAsync(string script, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(Path.Combine(Checkout.Root, script), arguments) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"{script} {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{await output}\n{await error}");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
