using GroupTherapy.Host.Processes;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.Load.Rooms;

/// <summary>One of the servers that are compared: two processes that serve the same rooms.</summary>
internal interface ISide
{
    string Name { get; }

    /// <summary>Numbers of a room follow each other; a hole is a fault.</summary>
    bool HasNoGaps { get; }

    IReadOnlyList<ProcessRef> Processes { get; }

    /// <summary>How one client comes to its seat: the address, the upgrade request, and the call that enters.</summary>
    /// <param name="last">The last number it has seen.</param>
    (Uri Address, string Request, string Enter) Visit(Seat seat, long last);
}

/// <summary>A server process that ends with the run.</summary>
internal sealed class ServerProcess
{
    private readonly string _folder = Engines.Folder("server");

    private ServerProcess(Uri address) => Address = address;

    public Uri Address { get; }

    public ProcessRef Process { get; private set; } = null!;

    /// <param name="program">A program that lies beside this one, and its arguments.</param>
    /// <param name="environment">Added to ours.</param>
    /// <param name="settings">What it reads from the file named by <c>GT_SETTINGS</c>, given its address.</param>
    public static async Task<ServerProcess> StartAsync(string[] program, Dictionary<string, string> environment, Func<Uri, string> settings)
    {
        var server = new ServerProcess(new Uri($"http://127.0.0.1:{Engines.FreePort()}"));
        Directory.CreateDirectory(server._folder);
        var (file, log) = (Path.Combine(server._folder, "settings.json"), Path.Combine(server._folder, "log"));
        await File.WriteAllTextAsync(file, settings(server.Address));
        server.Process = Launcher.Start(new LaunchSpec
        {
            Program = Path.Combine(AppContext.BaseDirectory, program[0]),
            Arguments = program[1..],
            Environment = new Dictionary<string, string>(environment) { ["GT_SETTINGS"] = file },
            LogFile = log,
            PidFile = Path.Combine(server._folder, "pid"),
        });
        Engines.Watch(server.Process);
        using var http = new HttpClient { BaseAddress = server.Address };
        await Eventually.Async(
            async () => (await http.GetAsync("/health/ready")).IsSuccessStatusCode,
            () => $"{program[0]} did not start: {string.Join(' ', File.ReadLines(log).TakeLast(3))}", TimeSpan.FromSeconds(60));
        return server;
    }
}
