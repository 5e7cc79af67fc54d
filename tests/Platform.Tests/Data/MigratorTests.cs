using System.Reflection;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Tests.Toys;
using GroupTherapy.Tests.Support;
using Npgsql;

namespace GroupTherapy.Platform.Tests.Data;

public sealed class MigratorTests : IAsyncLifetime
{
    private static readonly string[] Base = ["platform/0001_platform.sql", "platform/0002_audit_practice.sql", "platform/0003_kept_tags.sql"];
    private TestDatabase _database = null!;

    public async ValueTask InitializeAsync() => _database = await TestDatabase.EmptyAsync("alpha");

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Files_are_applied_in_the_order_of_their_numbers_after_the_platforms_own_and_once()
    {
        var files = new ScriptedMigrations(
            ("0002_second.sql", "alter table first add column b int; create table second (a int)"),
            ("0010_third.sql", "alter table second add column b int"),
            ("0001_first.sql", "create table first (a int references things_before)"),
            ("0000_before.sql", "create table things_before (a int primary key)")
        );

        Assert.Equal(
            [.. Base, "service/0000_before.sql", "service/0001_first.sql", "service/0002_second.sql", "service/0010_third.sql"],
            await MigrateAsync(files)
        );
        Assert.Empty(await MigrateAsync(files));
    }

    [Fact]
    public async Task A_file_added_later_is_applied_alone()
    {
        await MigrateAsync(typeof(ToyDatabase).Assembly);

        Assert.Equal(["service/0002_more.sql"], await MigrateAsync(new ScriptedMigrations(("0002_more.sql", "alter table things add column more int"))));
    }

    [Fact]
    public async Task A_file_edited_after_it_was_applied_is_refused_by_name()
    {
        await MigrateAsync(new ScriptedMigrations(("0001_first.sql", "create table first (a int)")));

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            MigrateAsync(new ScriptedMigrations(("0001_first.sql", "create table first (a bigint)"), ("0002_second.sql", "create table second (a int)")))
        );

        Assert.Contains("service/0001_first.sql", refusal.Message, StringComparison.Ordinal);
        Assert.False(await ExistsAsync("second"));
    }

    [Fact]
    public async Task A_file_that_fails_leaves_nothing_of_itself_and_can_be_put_right()
    {
        await Assert.ThrowsAsync<PostgresException>(() =>
            MigrateAsync(new ScriptedMigrations(("0001_first.sql", "create table first (a int); create table nonsense (a nothing)")))
        );

        Assert.False(await ExistsAsync("first"));
        Assert.Equal(["service/0001_first.sql"], await MigrateAsync(new ScriptedMigrations(("0001_first.sql", "create table first (a int)"))));
    }

    [Fact]
    public async Task Two_files_with_one_number_are_refused() =>
        await Assert.ThrowsAsync<InvalidOperationException>(() => MigrateAsync(new ScriptedMigrations(("0001_a.sql", "select 1"), ("0001_b.sql", "select 1"))));

    [Fact]
    public async Task Instances_that_start_together_apply_each_file_once()
    {
        var applied = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => MigrateAsync(typeof(ToyDatabase).Assembly))));

        Assert.Single(applied, a => a.Count > 0);
        Assert.Equal([.. Base, "service/0001_test.sql"], applied.Single(a => a.Count > 0));
    }

    private Task<IReadOnlyList<string>> MigrateAsync(Assembly files) => Migrator.MigrateAsync(_database.Owner, "alpha", files, TimeProvider.System);

    private async Task<bool> ExistsAsync(string table)
    {
        await using var source = NpgsqlDataSource.Create(_database.Owner);
        await using var command = source.CreateCommand($"select to_regclass('{table}') is not null");
        return (bool)(await command.ExecuteScalarAsync())!;
    }
}
