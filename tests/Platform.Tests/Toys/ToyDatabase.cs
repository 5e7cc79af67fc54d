using GroupTherapy.Platform.Data;
using GroupTherapy.Tests.Support;
using Npgsql;

namespace GroupTherapy.Platform.Tests.Toys;

/// <summary>A migrated database with the toy tables; asked as its owner, used as the running service.</summary>
public sealed class ToyDatabase : IAsyncDisposable
{
    private readonly TestDatabase _database;

    private ToyDatabase(TestDatabase database)
    {
        _database = database;
        Source = NpgsqlDataSource.Create(database.Runtime);
        Db = new Db(Source, Clock, Signal);
    }

    public TestClock Clock { get; } = new();

    public WorkSignal Signal { get; } = new();

    /// <summary>As the restricted role that runs a service.</summary>
    public NpgsqlDataSource Source { get; }

    public Db Db { get; }

    public string Runtime => _database.Runtime;

    public static async Task<ToyDatabase> CreateAsync(string service = "alpha") =>
        new(await TestDatabase.CreateAsync(service, owner => Migrator.MigrateAsync(owner, service, typeof(ToyDatabase).Assembly, TimeProvider.System)));

    public async Task<T> AskAsync<T>(string sql, params object[] values)
    {
        await using var connection = new NpgsqlConnection(_database.Owner);
        await connection.OpenAsync();
        await using var command = Command(connection, sql, values);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async Task RunAsync(string sql, params object[] values)
    {
        await using var connection = new NpgsqlConnection(_database.Owner);
        await connection.OpenAsync();
        await using var command = Command(connection, sql, values);
        await command.ExecuteNonQueryAsync();
    }

    public Task<long> CountAsync(string table) => AskAsync<long>($"select count(*) from {table}");

    public Task<long> ThingsAsync(string label) => AskAsync<long>("select count(*) from things where label = $1", label);

    /// <summary>Until it is disposed, no commit of a thing with this label ends.</summary>
    public async Task<IAsyncDisposable> HoldCommitsOfAsync(string label)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_database.Owner) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = Command(connection, "select pg_advisory_lock(hashtext($1))", label);
        await command.ExecuteNonQueryAsync();
        return connection;
    }

    /// <summary>Returns when this many sessions of the service wait for a lock.</summary>
    public Task WaitingSessionsAsync(int count) =>
        Eventually.Async(
            async () =>
                await Db.FirstOrDefaultAsync<int>("select count(*)::int from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")
                == count,
            () => $"{count} sessions waiting for a lock were not seen"
        );

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        Signal.Dispose();
        await _database.DisposeAsync();
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, params object[] values)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
        {
            command.Parameters.AddWithValue(value);
        }

        return command;
    }
}
