using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using GroupTherapy.Host.Processes;

namespace GroupTherapy.Host.Engines;

/// <summary>How one RabbitMQ is to run.</summary>
public sealed record RabbitOptions
{
    public required EnginePlace Place { get; init; }

    /// <summary>For clients (AMQP).</summary>
    public required int Port { get; init; }

    /// <summary>Erlang's own, used by the command line tools.</summary>
    public required int DistributionPort { get; init; }

    /// <summary>Of an <see cref="EpmdEngine"/> that runs before this starts.</summary>
    public required int EpmdPort { get; init; }

    public required IReadOnlyList<RabbitAccount> Accounts { get; init; }

    /// <summary>Publishers are held back above this; MB.</summary>
    public int MemoryMegabytes { get; init; } = 400;
}

/// <summary>A private RabbitMQ on 127.0.0.1 without guest, plugins or management; its accounts are loaded at boot.</summary>
public sealed class RabbitEngine(RabbitOptions options) : IEngine
{
    public const string User = "rabbitmq";
    private const string Program = "/usr/lib/rabbitmq/bin/rabbitmq-server";

    // Each queue looks after its replicas and counts every 5 s by default, and nodes look for each other every second: this broker is one node.
    private const string Advanced = "[{rabbit, [{quorum_tick_interval, 30000}]}, {aten, [{poll_interval, 30000}]}].\n";

    private string Folder => options.Place.Data;

    public string Name => "rabbitmq";
    public int Port => options.Port;
    public IReadOnlyList<(Signal Signal, TimeSpan Wait)> StopSteps { get; } = [(Signal.Terminate, TimeSpan.FromSeconds(20))];

    public async Task<LaunchSpec> PrepareAsync(CancellationToken ct)
    {
        if (!File.Exists(Program))
        {
            throw new HostException("RabbitMQ is not installed.", "Install it with: apt-get install rabbitmq-server");
        }

        await SystemUser.PrivateFolderAsync(Folder, User, ct);
        var cookie = Path.Combine(Folder, ".erlang.cookie");
        if (!File.Exists(cookie))
        {
            await SystemUser.WritePrivateAsync(cookie, RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 32), User, ct);
        }

        await SystemUser.WritePrivateAsync(Path.Combine(Folder, "definitions.json"), RabbitDefinitions.Json(options.Accounts, SaltOf), User, ct);
        await SystemUser.WritePrivateAsync(Path.Combine(Folder, "rabbitmq.conf"), Configuration(), User, ct);
        await SystemUser.WritePrivateAsync(Path.Combine(Folder, "advanced.config"), Advanced, User, ct);
        await SystemUser.WritePrivateAsync(Path.Combine(Folder, "enabled_plugins"), "[].\n", User, ct);
        await SystemUser.WritePrivateAsync(Path.Combine(Folder, "rabbitmq-env.conf"), "", User, ct);
        return new LaunchSpec
        {
            Program = Program,
            Environment = EnvironmentVariables(),
            CleanEnvironment = true,
            WorkingFolder = SystemUser.CallerIsRoot ? "/" : Folder,
            User = User,
            LogFile = options.Place.LogFile,
            PidFile = options.Place.PidFile,
            Depends = Configuration() + Advanced + RabbitDefinitions.Json(options.Accounts, SaltOf),
        };
    }

    public async Task<string?> NotReadyAsync(CancellationToken ct)
    {
        // The listener opens after everything else, accounts included; a broker that is in trouble accepts and says nothing.
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
            limit.CancelAfter(TimeSpan.FromSeconds(3));
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", options.Port, limit.Token);
            await using var stream = client.GetStream();
            await stream.WriteAsync("AMQP\0\0\u0009\u0001"u8.ToArray(), limit.Token);
            var frame = new byte[11];
            await stream.ReadExactlyAsync(frame, limit.Token);
            return frame is [1, 0, 0, _, _, _, _, 0, 10, 0, 10] ? null : "RabbitMQ does not greet as AMQP 0-9-1";
        }
        catch (Exception e) when (e is SocketException or IOException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return $"RabbitMQ does not answer on 127.0.0.1:{options.Port}";
        }
    }

    // The same for the same password, so that a second start finds the definitions unchanged.
    private static byte[] SaltOf(RabbitAccount account) => SHA256.HashData(Encoding.UTF8.GetBytes($"{account.Name}:{account.Password}:salt"))[..4];

    private string Configuration() =>
        $"""
            listeners.tcp.1 = 127.0.0.1:{options.Port}
            load_definitions = {Folder}/definitions.json
            log.console = true
            log.console.level = warning
            log.file = false
            vm_memory_high_watermark.absolute = {options.MemoryMegabytes}MB
            disk_free_limit.absolute = 50MB

            """;

    private Dictionary<string, string> EnvironmentVariables() =>
        new()
        {
            ["HOME"] = Folder,
            ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
            ["ERL_EPMD_PORT"] = $"{options.EpmdPort}",
            ["RABBITMQ_NODENAME"] = "grouptherapy@localhost",
            ["RABBITMQ_DIST_PORT"] = $"{options.DistributionPort}",
            // An empty file of ours, or the system instance's settings would leak in.
            ["RABBITMQ_CONF_ENV_FILE"] = Path.Combine(Folder, "rabbitmq-env.conf"),
            ["RABBITMQ_CONFIG_FILE"] = Path.Combine(Folder, "rabbitmq.conf"),
            ["RABBITMQ_ADVANCED_CONFIG_FILE"] = Path.Combine(Folder, "advanced.config"),
            ["RABBITMQ_ENABLED_PLUGINS_FILE"] = Path.Combine(Folder, "enabled_plugins"),
            ["RABBITMQ_MNESIA_BASE"] = Path.Combine(Folder, "mnesia"),
            ["RABBITMQ_LOG_BASE"] = Path.Combine(Folder, "log"),
            ["RABBITMQ_LOGS"] = "-",
            ["RABBITMQ_PID_FILE"] = Path.Combine(Folder, "rabbitmq.pid"),
            // "Allow input" makes the script become the broker instead of waiting beside it; the next line takes the input away again.
            ["RABBITMQ_ALLOW_INPUT"] = "1",
            ["RABBITMQ_SERVER_START_ARGS"] = "-noinput",
            ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] =
                "+S 2:2 +SDcpu 1:1 +B i +sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}",
        };
}
