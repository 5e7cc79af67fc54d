using GroupTherapy.Host.Engines;
using GroupTherapy.Host.Processes;
using Npgsql;

namespace GroupTherapy.Tests.Support;

/// <summary>Where a test finds the broker.</summary>
public sealed record RabbitEndpoint(string Host, int Port, IReadOnlyDictionary<string, string> Passwords)
{
    /// <summary>
    /// Every service, and two that the platform's own tests play: <c>alpha</c> and <c>beta</c>. Each writes only to names that start with its own.
    /// </summary>
    public static readonly IReadOnlyList<string> Services =
    [
        "identity",
        "enrollment",
        "scheduling",
        "room",
        "gateway",
        "care",
        "notifications",
        "platform",
        "alpha",
        "beta",
    ];

    /// <summary>May do everything; only in tests.</summary>
    public const string Admin = "admin";

    /// <summary>The account of a service, or <see cref="Admin"/>.</summary>
    public (string Username, string Password) Account(string name) =>
        Passwords.TryGetValue(name, out var password)
            ? (name, password)
            : throw new ArgumentException($"The test broker has no account '{name}'; it has {string.Join(", ", Passwords.Keys)}.", nameof(name));
}

/// <summary>Where a test finds Redis.</summary>
/// <param name="Connection">In the form StackExchange.Redis reads.</param>
public sealed record RedisEndpoint(string Host, int Port, string Password, string Connection);

/// <summary>
/// Private engines of this test process: real PostgreSQL, Redis and RabbitMQ on free loopback ports, started when first asked for, shared by
/// all tests of the process, gone with it. A test that stops or kills an engine takes one of its own (<see cref="OwnEngine{T}"/>).
/// </summary>
public static class Engines
{
    private static readonly TimeProvider Clock = TimeProvider.System;
    private static readonly Lazy<string> RootFolder = new(() => EnginePlace.Passage(Path.Combine(Path.GetTempPath(), $"gt-test-{Guid.CreateVersion7():n}")));
    private static readonly Lazy<EnginesGuard> Guard = new(() => new EnginesGuard(RootFolder.Value));
    private static readonly HashSet<int> Ports = [];
    private static int count;

    private static readonly Lazy<Task<OwnEngine<NpgsqlConnectionStringBuilder>>> Fast = new(() => OwnPostgresAsync(durable: false));
    private static readonly Lazy<Task<OwnEngine<NpgsqlConnectionStringBuilder>>> Durable = new(() => OwnPostgresAsync(durable: true));
    private static readonly Lazy<Task<OwnEngine<RedisEndpoint>>> Redis = new(OwnRedisAsync);
    private static readonly Lazy<Task<OwnEngine<RabbitEndpoint>>> Rabbit = new(OwnRabbitAsync);

    /// <summary>The superuser's way in; a copy of its own for each caller.</summary>
    /// <param name="durable">A second instance with fsync and synchronous commits, for what must show durability.</param>
    public static async Task<NpgsqlConnectionStringBuilder> PostgresAsync(bool durable = false) =>
        new((await (durable ? Durable : Fast).Value).Endpoint.ConnectionString);

    public static async Task<RedisEndpoint> RedisAsync() => (await Redis.Value).Endpoint;

    /// <summary>Takes 7 s and more at first.</summary>
    public static async Task<RabbitEndpoint> RabbitAsync() => (await Rabbit.Value).Endpoint;

    /// <summary>A folder below the run's own; removed with it.</summary>
    public static string Folder(string name)
    {
        _ = Guard.Value;
        return EnginePlace.Passage(Path.Combine(RootFolder.Value, $"{name}-{Interlocked.Increment(ref count)}"));
    }

    /// <summary>A loopback port that nobody listens on and no other test of this process was given.</summary>
    public static int FreePort()
    {
        lock (Ports)
        {
            return FreePorts.Next(Ports);
        }
    }

    /// <summary>From now on this process ends with the test run.</summary>
    public static void Watch(ProcessRef process) => Guard.Value.Watch(process);

    public static async Task<OwnEngine<NpgsqlConnectionStringBuilder>> OwnPostgresAsync(bool durable)
    {
        var engine = new PostgresEngine(
            new PostgresOptions
            {
                Place = Place("postgres"),
                Port = FreePort(),
                Password = Secret.New(),
                Durable = durable,
                Trust = true,
            }
        );
        return await OwnEngine<NpgsqlConnectionStringBuilder>.StartAsync([engine], engine.Admin, Clock);
    }

    public static async Task<OwnEngine<RedisEndpoint>> OwnRedisAsync()
    {
        var password = Secret.New();
        var engine = new RedisEngine(Place("redis"), FreePort(), password);
        return await OwnEngine<RedisEndpoint>.StartAsync([engine], new RedisEndpoint("127.0.0.1", engine.Port, password, engine.Connection), Clock);
    }

    public static async Task<OwnEngine<RabbitEndpoint>> OwnRabbitAsync()
    {
        var accounts = RabbitEndpoint
            .Services.Select(service => RabbitAccount.Of(service, Secret.New()))
            .Append(RabbitAccount.All(RabbitEndpoint.Admin, Secret.New()))
            .ToList();
        var epmd = new EpmdEngine(Place("epmd"), FreePort());
        var engine = new RabbitEngine(
            new RabbitOptions
            {
                Place = Place("rabbitmq"),
                Port = FreePort(),
                DistributionPort = FreePort(),
                EpmdPort = epmd.Port,
                Accounts = accounts,
            }
        );
        var endpoint = new RabbitEndpoint("127.0.0.1", engine.Port, accounts.ToDictionary(a => a.Name, a => a.Password));
        return await OwnEngine<RabbitEndpoint>.StartAsync([epmd, engine], endpoint, Clock);
    }

    private static EnginePlace Place(string name) => EnginePlace.Under(Folder(name), name);
}
