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

/// <summary>A server process made of this very program by another verb, ended with the run.</summary>
internal sealed class ServerProcess
{
    private readonly string _verb;
    private readonly string _settings;
    private readonly string _folder;

    private ServerProcess(string verb, string settings, Uri address)
    {
        (_verb, _folder, Address) = (verb, Engines.Folder(verb), address);
        _settings = Path.Combine(_folder, "settings.json");
        Directory.CreateDirectory(_folder);
        File.WriteAllText(_settings, settings);
    }

    public Uri Address { get; }

    public ProcessRef Process { get; private set; } = null!;

    public string Log => Path.Combine(_folder, "log");

    public static async Task<ServerProcess> StartAsync(string verb, Func<Uri, string> settings)
    {
        var address = new Uri($"http://127.0.0.1:{Engines.FreePort()}");
        var server = new ServerProcess(verb, settings(address), address);
        await server.StartAsync();
        return server;
    }

    private async Task StartAsync()
    {
        Process = Launcher.Start(new LaunchSpec
        {
            Program = Path.Combine(AppContext.BaseDirectory, "GroupTherapy.Load"),
            Arguments = [_verb],
            Environment = new Dictionary<string, string> { ["GT_SETTINGS"] = _settings },
            LogFile = Log,
            PidFile = Path.Combine(_folder, "pid"),
        });
        Engines.Watch(Process);
        using var http = new HttpClient { BaseAddress = Address };
        await Eventually.Async(
            async () => (await http.GetAsync("/health/ready")).IsSuccessStatusCode, () => $"{_verb} did not start; its log is {Log}", TimeSpan.FromSeconds(60));
    }
}
