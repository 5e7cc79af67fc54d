using System.Net.Sockets;
using System.Text;
using GroupTherapy.Host.Processes;

namespace GroupTherapy.Host.Engines;

/// <summary>A private Redis that writes nothing to disk: it carries events between nodes and holds nothing that matters.</summary>
public sealed class RedisEngine(EnginePlace place, int port, string password) : IEngine
{
    public const string User = "redis";
    private const string Program = "/usr/bin/redis-server";

    public string Name => "redis";
    public int Port => port;
    public IReadOnlyList<(Signal Signal, TimeSpan Wait)> StopSteps { get; } = [(Signal.Terminate, TimeSpan.FromSeconds(5))];

    /// <summary>In the form StackExchange.Redis reads.</summary>
    public string Connection => $"127.0.0.1:{port},password={password}";

    public async Task<LaunchSpec> PrepareAsync(CancellationToken ct)
    {
        if (!File.Exists(Program))
        {
            throw new HostException("Redis is not installed.", "Install it with: apt-get install redis-server");
        }

        await SystemUser.PrivateFolderAsync(place.Data, User, ct);
        var configuration = Path.Combine(place.Data, "redis.conf");
        // In a file, since arguments are visible to every user of the machine.
        var text = $"""
            bind 127.0.0.1
            port {port}
            protected-mode yes
            requirepass {password}
            dir {place.Data}
            save ""
            appendonly no
            daemonize no
            maxmemory 256mb
            maxmemory-policy allkeys-lru

            """;
        await SystemUser.WritePrivateAsync(configuration, text, User, ct);
        return new LaunchSpec
        {
            Program = Program,
            Arguments = [configuration],
            CleanEnvironment = true,
            WorkingFolder = "/",
            User = User,
            LogFile = place.LogFile,
            PidFile = place.PidFile,
            Depends = text,
        };
    }

    public async Task<string?> NotReadyAsync(CancellationToken ct)
    {
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
            limit.CancelAfter(TimeSpan.FromSeconds(2));
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", port, limit.Token);
            await using var stream = client.GetStream();
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"AUTH {password}\r\nPING\r\n"), limit.Token);
            using var reader = new StreamReader(stream, Encoding.ASCII);
            var (auth, ping) = (await reader.ReadLineAsync(limit.Token), await reader.ReadLineAsync(limit.Token));
            return (auth, ping) is ("+OK", "+PONG") ? null : $"Redis answers '{auth}' and '{ping}'";
        }
        catch (Exception e) when (e is SocketException or IOException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return $"Redis does not answer on 127.0.0.1:{port}";
        }
    }
}
