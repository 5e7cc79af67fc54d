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

    /// <summary>What stands between the clients and <see cref="Processes"/>; counted apart.</summary>
    IReadOnlyList<ProcessRef> Front => [];

    /// <summary>The process that serves a seat: as the client chose it, or as the front door does.</summary>
    int NodeOf(Seat seat) => seat.Node;

    /// <summary>How one client comes to its seat: the address, the upgrade request, and the call that enters.</summary>
    /// <param name="last">The last number it has seen.</param>
    (Uri Address, string Request, string Enter) Visit(Seat seat, long last);
}

/// <summary>A server process that ends with the run.</summary>
internal sealed class ServerProcess
{
    private readonly string _folder = Engines.Folder("server");
    private LaunchSpec? _spec;

    private ServerProcess(Uri address) => Address = address;

    public Uri Address { get; }

    public ProcessRef Process { get; private set; } = null!;

    /// <param name="program">A program that lies beside this one, or its whole path, and its arguments.</param>
    /// <param name="environment">Added to ours.</param>
    /// <param name="settings">What it reads from the file named by <c>GT_SETTINGS</c>, given its address.</param>
    public static async Task<ServerProcess> StartAsync(string[] program, Dictionary<string, string> environment, Func<Uri, string> settings)
    {
        var server = new ServerProcess(new Uri($"http://127.0.0.1:{Engines.FreePort()}"));
        Directory.CreateDirectory(server._folder);
        var (file, log) = (Path.Combine(server._folder, "settings.json"), Path.Combine(server._folder, "log"));
        await File.WriteAllTextAsync(file, settings(server.Address));
        server._spec = new LaunchSpec
        {
            Program = Path.IsPathRooted(program[0]) ? program[0] : Path.Combine(AppContext.BaseDirectory, program[0]),
            Arguments = program[1..],
            Environment = new Dictionary<string, string>(environment) { ["GT_SETTINGS"] = file },
            LogFile = log,
            PidFile = Path.Combine(server._folder, "pid"),
        };
        server.Start();
        using var http = new HttpClient { BaseAddress = server.Address };
        await Eventually.Async(
            async () => (await http.GetAsync("/health/ready")).IsSuccessStatusCode,
            () => $"{program[0]} did not start: {string.Join(' ', File.ReadLines(log).TakeLast(3))}",
            TimeSpan.FromSeconds(60)
        );
        return server;
    }

    /// <summary>Starts it, or starts it again after it ended. Returns at once.</summary>
    public void Start()
    {
        Process = Launcher.Start(_spec!);
        Engines.Watch(Process);
    }
}
