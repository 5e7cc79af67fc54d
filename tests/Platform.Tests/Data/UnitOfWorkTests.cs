using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Tests.Toys;
using Npgsql;

namespace GroupTherapy.Platform.Tests.Data;

public sealed class UnitOfWorkTests : IAsyncLifetime
{
    private ToyDatabase _database = null!;

    public async ValueTask InitializeAsync() => _database = await ToyDatabase.CreateAsync();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Row_audit_entry_and_message_become_visible_together()
    {
        await using var work = await BeginAsync();
        await DoEverythingAsync(work);
        Assert.Equal((0, 0, 0, 0), await SeenAsync());

        await work.CommitAsync();

        Assert.Equal((1, 1, 1, 1), await SeenAsync());
    }

    [Fact]
    public async Task Disposed_without_a_commit_nothing_has_happened()
    {
        await using (var work = await BeginAsync())
        {
            await DoEverythingAsync(work);
        }

        Assert.Equal((0, 0, 0, 0), await SeenAsync());
    }

    [Fact]
    public async Task A_failure_in_between_leaves_nothing()
    {
        await Assert.ThrowsAsync<PostgresException>(async () =>
        {
            await using var work = await BeginAsync();
            await DoEverythingAsync(work);
            await work.ExecuteAsync("insert into things (id, label, made_at) values (null, '', @Now)", new { work.Now });
            await work.CommitAsync();
        });

        Assert.Equal((0, 0, 0, 0), await SeenAsync());
    }

    [Fact]
    public async Task A_commit_that_fails_leaves_nothing_runs_no_hint_and_wakes_no_relay()
    {
        var hints = 0;
        await using (var work = await BeginAsync())
        {
            await DoEverythingAsync(work);
            await work.ExecuteAsync(
                "insert into things (id, label, only_one, made_at) select gen_random_uuid(), '', 'one', @Now from generate_series(1, 2)",
                new { work.Now }
            );
            work.AfterCommit(() => Task.FromResult(++hints));
            await Assert.ThrowsAsync<PostgresException>(() => work.CommitAsync());
        }

        Assert.Equal((0, 0, 0, 0), await SeenAsync());
        Assert.Equal(0, hints);
        Assert.False(await _database.Signal.WaitAsync("outbox", DateTimeOffset.MaxValue, TimeSpan.Zero, default));
    }

    [Fact]
    public async Task A_hint_runs_once_after_the_commit_and_sees_what_was_committed()
    {
        var seen = new List<long>();
        await using (var work = await BeginAsync())
        {
            await DoEverythingAsync(work);
            work.AfterCommit(async () => seen.Add(await _database.CountAsync("things")));
            Assert.Empty(seen);
            await work.CommitAsync();
        }

        Assert.Equal([1], seen);
    }

    [Fact]
    public async Task A_hint_of_a_unit_that_was_given_up_never_runs()
    {
        var hints = 0;
        await using (var work = await BeginAsync())
        {
            work.AfterCommit(() => Task.FromResult(++hints));
        }

        Assert.Equal(0, hints);
    }

    [Fact]
    public async Task The_relay_is_woken_by_a_commit_with_a_message_and_by_no_other()
    {
        await using (var quiet = await BeginAsync())
        {
            quiet.Audit("thing.seen");
            await quiet.CommitAsync();
        }

        Assert.False(await _database.Signal.WaitAsync("outbox", DateTimeOffset.MaxValue, TimeSpan.Zero, default));

        await using (var work = await BeginAsync())
        {
            await DoEverythingAsync(work);
            await work.CommitAsync();
        }

        Assert.True(await _database.Signal.WaitAsync("outbox", DateTimeOffset.MaxValue, TimeSpan.Zero, default));
    }

    [Fact]
    public async Task A_caller_who_left_before_the_commit_leaves_nothing_behind()
    {
        using var left = new CancellationTokenSource();
        await using (var work = await BeginAsync())
        {
            await DoEverythingAsync(work);
            await left.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => work.CommitAsync(left.Token));
        }

        Assert.Equal((0, 0, 0, 0), await SeenAsync());
    }

    private Task<UnitOfWork> BeginAsync() => _database.Db.BeginAsync(Caller.System("test"));

    private static async Task DoEverythingAsync(UnitOfWork work)
    {
        var id = work.NewId();
        await work.ExecuteAsync("insert into things (id, label, made_at) values (@id, 'toy', @Now)", new { id, work.Now });
        work.Audit("thing.made", reference: id);
        work.Publish(new ThingMade(id, "toy"));
    }

    private async Task<(long Things, long Entries, long Pending, long Messages)> SeenAsync() =>
        (
            await _database.CountAsync("things"),
            await _database.CountAsync("audit_entries"),
            await _database.CountAsync("audit_pending"),
            await _database.CountAsync("outbox")
        );
}
