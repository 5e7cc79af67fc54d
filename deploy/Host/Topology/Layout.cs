using GroupTherapy.Host.Engines;
using GroupTherapy.Host.Options;
using GroupTherapy.Host.Processes;
using GroupTherapy.Host.State;

namespace GroupTherapy.Host.Topology;

/// <summary>Which processes a deployment has and where: the one place that turns options, ports and passwords into plans.</summary>
public sealed class Layout
{
    public const int EngineStage = 1;
    public const int ServiceStage = 2;
    public const int GatewayStage = 3;

    /// <summary>No password: another value has the gateways started anew, with new signing keys.</summary>
    public const string GatewayKeys = "gateway-keys";

    private readonly DataFolder folder;
    private readonly Ports ports;
    private readonly Passwords passwords;

    public Layout(DataFolder folder, RunOptions options, Ports ports, Passwords passwords, string release, string web = "")
    {
        (this.folder, Options, this.ports, this.passwords, Web) = (folder, options, ports, passwords, web);
        Settings = new ServiceSettings(this, folder, passwords);
        Postgres = new PostgresEngine(
            new PostgresOptions
            {
                Place = folder.PlaceOf("postgres"),
                Port = ports["postgres"],
                Password = passwords["postgres"],
            }
        );
        Redis = new RedisEngine(folder.PlaceOf("redis"), ports["redis"], passwords["redis"]);
        var epmd = new EpmdEngine(folder.PlaceOf("epmd"), ports["epmd"]);
        var rabbit = new RabbitEngine(
            new RabbitOptions
            {
                Place = folder.PlaceOf("rabbitmq"),
                Port = ports["rabbitmq"],
                DistributionPort = ports["rabbitmq-distribution"],
                EpmdPort = ports["epmd"],
                Accounts = [.. Services.All.Select(s => RabbitAccount.Of(s.Name, passwords[$"bus/{s.Name}"]))],
            }
        );
        Media = new MediaLayout(folder, options, ports, passwords);
        var programs = new ServicePlans(this, folder, release);
        Engines =
        [
            Plan(Postgres, "postgres"),
            Plan(Redis, "redis"),
            Plan(epmd, "epmd") with
            {
                Hidden = true,
                Stage = EngineStage - 1,
            },
            Plan(rabbit, "rabbitmq"),
            .. Media.Plans,
        ];
        Programs =
        [
            .. Services.WithDatabase.SelectMany(s => Enumerable.Range(1, options.InstancesOf(s.Name)).Select(i => programs.Service(s, i))),
            .. Enumerable.Range(1, options.InstancesOf(Services.Gateway.Name)).Select(programs.Gateway),
        ];
    }

    public RunOptions Options { get; }

    /// <summary>The folder of the built web client; empty for none.</summary>
    public string Web { get; }

    public PostgresEngine Postgres { get; }
    public RedisEngine Redis { get; }
    public ServiceSettings Settings { get; }
    public MediaLayout Media { get; }

    public IReadOnlyList<ProcessPlan> Engines { get; }

    /// <summary>Our own: the services, then the gateway.</summary>
    public IReadOnlyList<ProcessPlan> Programs { get; }

    public IEnumerable<ProcessPlan> All => Engines.Concat(Programs);

    /// <summary>The public address: links begin with it.</summary>
    public string PublicUrl => PublicOf(Options);

    public static string PublicOf(RunOptions options) => options.Public?.Url ?? $"http://127.0.0.1:{options.Port}";

    /// <summary>Where a gateway listens for people: the first on the port of the options, each further one on the next.</summary>
    public string ListenOf(int gateway)
    {
        var address = Options.Public?.Listen ?? "127.0.0.1";
        var host = address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address;
        return $"{(Options.Public?.Certificate is null ? "http" : "https")}://{host}:{Options.Port + gateway - 1}";
    }

    public string InternalOf(int gateway) => $"http://127.0.0.1:{ports[InternalPort(gateway)]}";

    public IEnumerable<string> KeySets => Enumerable.Range(1, Options.InstancesOf(Services.Gateway.Name)).Select(i => $"{InternalOf(i)}/internal/keys");

    /// <summary>Changes when the gateways shall have new keys.</summary>
    public string GatewayGeneration => passwords[GatewayKeys];

    public int RabbitPort => ports["rabbitmq"];

    public string AddressOf(string service, int instance) => $"http://127.0.0.1:{ports[ProcessPlan.IdOf(service, instance, ProcessKind.Service)]}";

    public IEnumerable<string> AddressesOf(string service) => Enumerable.Range(1, Options.InstancesOf(service)).Select(i => AddressOf(service, i));

    /// <summary>Every remembered port this layout needs, each with the pid file of the process that may hold it already.</summary>
    public static IEnumerable<(string Port, string PidFile)> PortsOf(DataFolder folder, RunOptions options)
    {
        (string Port, string Owner)[] ofEngines =
        [
            ("postgres", "postgres"),
            ("redis", "redis"),
            ("epmd", "epmd"),
            ("rabbitmq", "rabbitmq"),
            ("rabbitmq-distribution", "rabbitmq"),
            .. Enumerable
                .Range(1, options.InstancesOf(Services.Gateway.Name))
                .Select(i => (InternalPort(i), ProcessPlan.IdOf(Services.Gateway.Name, i, ProcessKind.Gateway))),
        ];
        foreach (var (port, owner) in ofEngines)
        {
            yield return (port, folder.PidOf(owner));
        }

        foreach (var media in MediaLayout.PortsOf(folder, options))
        {
            yield return media;
        }

        foreach (var service in Services.WithDatabase)
        {
            for (var instance = 1; instance <= options.InstancesOf(service.Name); instance++)
            {
                var id = ProcessPlan.IdOf(service.Name, instance, ProcessKind.Service);
                yield return (id, folder.PidOf(id));
            }
        }
    }

    /// <summary>Every password this layout needs.</summary>
    public static IEnumerable<string> PasswordNames() =>
        [
            "postgres",
            "redis",
            .. Services.WithDatabase.SelectMany(s => new[] { $"db/{s.Name}", $"db/{ServiceDatabase.OwnerRole(s.Name)}" }),
            .. Services.All.Select(s => $"bus/{s.Name}"),
            .. Services.WithDatabase.Where(s => s.HasKey).Select(s => $"ask/{s.Name}"),
            .. MediaLayout.PasswordNames(),
            GatewayKeys,
        ];

    private static string InternalPort(int gateway) => gateway == 1 ? "gateway-internal" : $"gateway-{gateway}-internal";

    private ProcessPlan Plan(IEngine engine, string name) =>
        new()
        {
            Name = name,
            Kind = ProcessKind.Engine,
            Address = $"127.0.0.1:{engine.Port}",
            Stage = EngineStage,
            PidFile = folder.PidOf(name),
            LogFile = folder.LogOf(name),
            PrepareAsync = engine.PrepareAsync,
            NotReadyAsync = engine.NotReadyAsync,
            StopSteps = engine.StopSteps,
        };
}
