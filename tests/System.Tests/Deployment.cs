using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.SystemTests;

/// <summary>
/// The whole product as a practice runs it: <c>deploy/up --detach</c> with demonstration data and two room nodes, on loopback, in a temporary folder.
/// </summary>
public class Deployment : IAsyncLifetime
{
    // GT_DATA names the folder of a deployment that runs already: for working on one test without starting everything each time.
    private static readonly string? Running = Environment.GetEnvironmentVariable("GT_DATA");
    private readonly string _data = Running ?? Directory.CreateTempSubdirectory("gt-system-").FullName;

    public static string Root { get; } = FindRoot();

    public Uri Address { get; private set; } = null!;

    /// <summary>Further options of <c>deploy/up</c>.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>The data folder.</summary>
    protected string Data => _data;

    public virtual async ValueTask InitializeAsync()
    {
        if (Running is not null)
        {
            Address = new Uri((string)JsonNode.Parse(await RunAsync("deploy/status", "--json", "--data", _data))!["gateway"]!);
            return;
        }

        // The engines' own users must be able to reach their folders below it.
        File.SetUnixFileMode(
            _data,
            UnixFileMode.UserRead
                | UnixFileMode.UserWrite
                | UnixFileMode.UserExecute
                | UnixFileMode.GroupRead
                | UnixFileMode.GroupExecute
                | UnixFileMode.OtherRead
                | UnixFileMode.OtherExecute
        );
        await StartAsync();
    }

    /// <summary>Starts it and sets <see cref="Address"/>.</summary>
    protected virtual async Task StartAsync()
    {
        var port = FreePort();
        await UpAsync(new Uri($"http://127.0.0.1:{port}"), ["--port", $"{port}", "--scale", "room=2", "--scale", "janus=2", .. Options]);
    }

    protected async Task UpAsync(Uri address, params string[] options)
    {
        Address = address;
        await RunAsync("deploy/up", ["--detach", "--data", _data, .. options]);
    }

    protected Task DownAsync() => RunAsync("deploy/down", "--data", _data);

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (TestContext.Current.TestState?.Result == TestResult.Failed || Environment.GetEnvironmentVariable("GT_KEEP") is not null)
        {
            Console.Error.WriteLine($"Logs of this run: {_data}/logs");
        }

        if (Running is not null)
        {
            return;
        }

        await RunAsync("deploy/down", "--data", _data);
        if (Environment.GetEnvironmentVariable("GT_KEEP") is null)
        {
            Directory.Delete(_data, recursive: true);
        }
    }

    /// <summary>Where it keeps settings, logs, mail and secrets.</summary>
    public string Folder => _data;

    /// <summary>Each service's database, as the settings of its first process name it.</summary>
    public IEnumerable<(string Service, string Connection)> Databases() =>
        Directory
            .EnumerateFiles(Path.Combine(_data, "settings"), "*-1.json")
            .Select(file => (Path.GetFileName(file)[..^"-1.json".Length], (string?)JsonNode.Parse(File.ReadAllText(file))?["Database"]?["Connection"]))
            .Where(found => found.Item2 is not null)
            .Select(found => (found.Item1, found.Item2!));

    public virtual HttpClient Anonymous() => new() { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(30) };

    /// <summary>What <c>deploy/status --json</c> says of one process.</summary>
    public async Task<JsonNode> ProcessAsync(string name, int instance = 1)
    {
        var status = JsonNode.Parse(await RunAsync("deploy/status", "--json", "--data", _data))!;
        return status["processes"]!.AsArray().First(p => (string)p!["name"]! == name && (int)p["instance"]! == instance)!;
    }

    /// <summary>How many processes of this name run.</summary>
    public async Task<int> CountAsync(string name) =>
        JsonNode.Parse(await RunAsync("deploy/status", "--json", "--data", _data))!["processes"]!.AsArray().Count(p => (string)p!["name"]! == name);

    /// <summary><c>kill -9</c> of a process that this deployment started, by its pid.</summary>
    /// <returns>The pid that was killed.</returns>
    public async Task<int> KillAsync(string name, int instance = 1)
    {
        var pid = (int)(await ProcessAsync(name, instance))["pid"]!;
        using var process = Process.GetProcessById(pid);
        process.Kill();
        await process.WaitForExitAsync();
        return pid;
    }

    /// <summary>Waits until a process runs anew and is healthy.</summary>
    public Task BackAsync(string name, int oldPid, int instance = 1) =>
        Eventually.Async(
            async () => await ProcessAsync(name, instance) is var p && (int)p["pid"]! != oldPid && (bool)p["healthy"]!,
            () => $"{name} was not started again after kill -9",
            TimeSpan.FromSeconds(90)
        );

    protected static async Task<string> RunAsync(string script, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(Path.Combine(Root, script), arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = Root,
            }
        )!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"{script} {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{await output}\n{await error}");
    }

    protected static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "GroupTherapy.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException("The checkout is not above the tests.");
    }
}

[CollectionDefinition(nameof(Deployment))]
public sealed class DeploymentCollection : ICollectionFixture<Deployment>;
