using System.Net.Sockets;
using System.Text;
using GroupTherapy.Host;
using GroupTherapy.Host.Engines;
using GroupTherapy.Host.Processes;
using GroupTherapy.Tests.Support;
using Npgsql;
using Xunit;

namespace GroupTherapy.Deploy.Tests;

/// <summary>The engines as <c>deploy/up</c> runs them: durable, closed, and with no password where others can read it.</summary>
public sealed class EnginePromisesTests
{
    [Fact]
    public async Task PostgreSQL_keeps_commits_and_refuses_connections_without_a_password()
    {
        var (engine, process) = await PostgresAsync();
        await using var admin = new NpgsqlConnection(engine.Admin.ConnectionString);
        await admin.OpenAsync(TestContext.Current.CancellationToken);

        Assert.Equal("on", await SettingAsync(admin, "fsync"));
        Assert.Equal("on", await SettingAsync(admin, "synchronous_commit"));
        Assert.Equal("on", await SettingAsync(admin, "full_page_writes"));
        Assert.Equal("on", await SettingAsync(admin, "data_checksums"));
        Assert.Equal("syncfs", await SettingAsync(admin, "recovery_init_sync_method"));
        Assert.Equal("", await SettingAsync(admin, "unix_socket_directories"));
        Assert.Equal("127.0.0.1", await SettingAsync(admin, "listen_addresses"));
        Assert.Equal("300", await SettingAsync(admin, "max_connections"));

        var wrong = new NpgsqlConnectionStringBuilder(engine.Admin.ConnectionString) { Password = "guess" };
        await using var stranger = new NpgsqlConnection(wrong.ConnectionString);
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => stranger.OpenAsync(TestContext.Current.CancellationToken));
        Assert.Equal(PostgresErrorCodes.InvalidPassword, refusal.SqlState);

        await ServicesHaveTheirOwnAsync(engine, admin);
        await Launcher.StopAsync(process, engine.StopSteps, TimeProvider.System, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task PostgreSQL_that_was_killed_starts_again_with_its_data()
    {
        var (engine, process) = await PostgresAsync();
        await ExecuteAsync(engine.Admin.ConnectionString, "create table kept (n int); insert into kept values (42)");

        process.Send(Signal.Kill);
        await process.WaitGoneAsync(TimeSpan.FromSeconds(5), TimeProvider.System, TestContext.Current.CancellationToken);
        ProcessRef again = null!;
        await Eventually.Async(
            async () =>
            {
                again = await EngineRunner.StartAsync(engine, TimeSpan.FromSeconds(30), TimeProvider.System);
                Engines.Watch(again);
                return true;
            },
            () => "PostgreSQL did not start again"
        );

        Assert.Equal(42, await ScalarAsync(engine.Admin.ConnectionString, "select n from kept"));
        await Launcher.StopAsync(again, engine.StopSteps, TimeProvider.System, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Redis_refuses_connections_without_its_password_and_does_not_show_it()
    {
        var password = Secret.New();
        var place = EnginePlace.Under(Engines.Folder("redis"), "redis");
        var engine = new RedisEngine(place, Engines.FreePort(), password);
        var process = await EngineRunner.StartAsync(engine, TimeSpan.FromSeconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
        Engines.Watch(process);

        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", engine.Port, TestContext.Current.CancellationToken);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes("PING\r\n"), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(client.GetStream());
        Assert.StartsWith("-NOAUTH", await reader.ReadLineAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);

        NoSecretIn(process, password);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(place.Data, "redis.conf")));
        await Launcher.StopAsync(process, engine.StopSteps, TimeProvider.System, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_data_folder_that_the_engines_user_cannot_reach_is_named_with_what_to_do()
    {
        Assert.SkipUnless(SystemUser.CallerIsRoot, "Engines run as the caller here, who can reach the folder.");
        var closed = Engines.Folder("closed");
        File.SetUnixFileMode(closed, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var engine = new PostgresEngine(
            new PostgresOptions
            {
                Place = EnginePlace.Under(Path.Combine(closed, "run"), "postgres"),
                Port = 1,
                Password = "x",
            }
        );

        var failure = await Assert.ThrowsAsync<HostException>(() => engine.PrepareAsync(TestContext.Current.CancellationToken));

        Assert.Contains($"cannot be reached by the system user 'postgres'", failure.What, StringComparison.Ordinal);
        Assert.Contains($"{closed} lets no other user pass", failure.What, StringComparison.Ordinal);
        Assert.Contains($"chmod o+x {closed}", failure.Todo, StringComparison.Ordinal);
        Assert.Contains("--data", failure.Todo, StringComparison.Ordinal);
    }

    private static async Task<(PostgresEngine Engine, ProcessRef Process)> PostgresAsync()
    {
        var password = Secret.New();
        var engine = new PostgresEngine(
            new PostgresOptions
            {
                Place = EnginePlace.Under(Engines.Folder("postgres"), "postgres"),
                Port = Engines.FreePort(),
                Password = password,
            }
        );
        var process = await EngineRunner.StartAsync(engine, TimeSpan.FromSeconds(60), TimeProvider.System, TestContext.Current.CancellationToken);
        Engines.Watch(process);
        NoSecretIn(process, password);
        return (engine, process);
    }

    private static async Task ServicesHaveTheirOwnAsync(PostgresEngine engine, NpgsqlConnection admin)
    {
        foreach (var service in new[] { "room", "identity" })
        {
            await ServiceDatabase.EnsureRolesAsync(admin, service, $"{service}-owner-pw", $"{service}-pw");
            await ServiceDatabase.EnsureAsync(admin, service, service);
        }

        string As(string role, string database, string password) =>
            new NpgsqlConnectionStringBuilder(engine.Admin.ConnectionString)
            {
                Username = role,
                Database = database,
                Password = password,
            }.ConnectionString;

        await ExecuteAsync(As("room_owner", "room", "room-owner-pw"), "create table mine (n int)");
        Assert.Equal(1, await ScalarAsync(As("room", "room", "room-pw"), "select 1"));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await RefusalAsync(As("room", "room", "room-pw"), "create table more (n int)"));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await RefusalAsync(As("room", "room", "room-pw"), "select * from mine"));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await RefusalAsync(As("room", "identity", "room-pw"), "select 1"));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await RefusalAsync(As("room_owner", "identity", "room-owner-pw"), "select 1"));
        Assert.Equal(PostgresErrorCodes.InvalidPassword, await RefusalAsync(As("room", "room", "identity-pw"), "select 1"));
    }

    private static void NoSecretIn(ProcessRef process, string secret)
    {
        Assert.DoesNotContain(secret, File.ReadAllText($"/proc/{process.Pid}/cmdline"), StringComparison.Ordinal);
        Assert.DoesNotContain(secret, File.ReadAllText($"/proc/{process.Pid}/environ"), StringComparison.Ordinal);
    }

    private static async Task<string?> SettingAsync(NpgsqlConnection connection, string name)
    {
        await using var command = new NpgsqlCommand("select current_setting($1)", connection) { Parameters = { new() { Value = name } } };
        return (string?)await command.ExecuteScalarAsync();
    }

    private static async Task<string?> RefusalAsync(string connectionString, string sql) =>
        (await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(connectionString, sql))).SqlState;

    private static Task ExecuteAsync(string connectionString, string sql) => ScalarAsync(connectionString, sql);

    private static async Task<object?> ScalarAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }
}
