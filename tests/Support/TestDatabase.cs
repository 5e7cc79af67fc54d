using System.Collections.Concurrent;
using GroupTherapy.Host.Engines;
using Npgsql;

namespace GroupTherapy.Tests.Support;

/// <summary>
/// A service's database for one test class: a copy of a template that was migrated once in this process, with the two roles that a deployment has.
/// </summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private const string Password = "only-in-tests";
    private static readonly ConcurrentDictionary<string, Lazy<Task>> Templates = new();
    private static readonly SemaphoreSlim OneAtATime = new(1);
    private static int count;

    private readonly NpgsqlConnectionStringBuilder admin;

    private TestDatabase(NpgsqlConnectionStringBuilder admin, string service, string name)
    {
        this.admin = admin;
        Service = service;
        Name = name;
    }

    public string Service { get; }
    public string Name { get; }

    /// <summary>As <c>&lt;service&gt;_owner</c>: owns the schema, sees and changes everything in it.</summary>
    public string Owner => As(ServiceDatabase.OwnerRole(Service));

    /// <summary>As <c>&lt;service&gt;</c>: what the running service may do, no more.</summary>
    public string Runtime => As(Service);

    /// <summary>Makes a database of its own.</summary>
    /// <param name="service">Names the roles, such as <c>room</c>.</param>
    /// <param name="migrate">Given the owner's connection string; run once per process and service.</param>
    /// <param name="durable">On the instance with fsync and synchronous commits.</param>
    public static async Task<TestDatabase> CreateAsync(string service, Func<string, Task> migrate, bool durable = false)
    {
        var admin = await Engines.PostgresAsync(durable);
        var template = $"{service}_template";
        await Templates.GetOrAdd($"{template}:{durable}", _ => new Lazy<Task>(() => MakeTemplateAsync(admin, service, template, migrate))).Value;
        var database = new TestDatabase(admin, service, $"{service}_{Interlocked.Increment(ref count)}");
        await database.AsAdminAsync(connection => ServiceDatabase.EnsureAsync(connection, service, database.Name, template));
        return database;
    }

    /// <summary>An empty database with both roles, for tests of the migrations themselves.</summary>
    public static async Task<TestDatabase> EmptyAsync(string service, bool durable = false)
    {
        var admin = await Engines.PostgresAsync(durable);
        var database = new TestDatabase(admin, service, $"{service}_{Interlocked.Increment(ref count)}");
        await database.AsAdminAsync(async connection =>
        {
            await ServiceDatabase.EnsureRolesAsync(connection, service, Password, Password);
            await ServiceDatabase.EnsureAsync(connection, service, database.Name);
        });
        return database;
    }

    /// <summary>Drops it, whoever is still connected. The pools of its two connection strings are emptied first.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var text in new[] { Owner, Runtime })
        {
            await using var connection = new NpgsqlConnection(text);
            NpgsqlConnection.ClearPool(connection);
        }

        await AsAdminAsync(async connection =>
        {
            await using var drop = new NpgsqlCommand($"""drop database if exists "{Name}" with (force)""", connection);
            await drop.ExecuteNonQueryAsync();
        });
    }

    private static async Task MakeTemplateAsync(NpgsqlConnectionStringBuilder admin, string service, string template, Func<string, Task> migrate)
    {
        var made = new TestDatabase(admin, service, template);
        await made.AsAdminAsync(async connection =>
        {
            await ServiceDatabase.EnsureRolesAsync(connection, service, Password, Password);
            await ServiceDatabase.EnsureAsync(connection, service, template);
        });
        await migrate(new NpgsqlConnectionStringBuilder(made.Owner) { Pooling = false }.ConnectionString);
        await made.AsAdminAsync(async connection =>
        {
            // PostgreSQL copies only a database that nobody is connected to.
            await using var leave = new NpgsqlCommand(
                $"""
                alter database "{template}" allow_connections false;
                select pg_terminate_backend(pid) from pg_stat_activity where datname = '{template}'
                """,
                connection
            );
            await leave.ExecuteNonQueryAsync();
        });
    }

    private async Task AsAdminAsync(Func<NpgsqlConnection, Task> act)
    {
        await OneAtATime.WaitAsync();
        try
        {
            await using var connection = new NpgsqlConnection(admin.ConnectionString);
            await connection.OpenAsync();
            await act(connection);
        }
        finally
        {
            OneAtATime.Release();
        }
    }

    private string As(string role) =>
        new NpgsqlConnectionStringBuilder
        {
            Host = admin.Host,
            Port = admin.Port,
            Database = Name,
            Username = role,
            Password = Password,
            MaxPoolSize = 40,
            // What the server says about a failing row is what a test wants to read; a deployment leaves it out.
            IncludeErrorDetail = true,
        }.ConnectionString;
}
