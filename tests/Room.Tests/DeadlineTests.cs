using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Tests.Support;
using Npgsql;
using Xunit;

namespace GroupTherapy.Room.Tests;

/// <summary>Deadlines that cannot be met, and what they cost the others: nothing.</summary>
public sealed class DeadlineTests
{
    [Fact]
    public async Task Deadlines_that_fail_are_put_off_longer_each_time_and_those_behind_them_are_met()
    {
        await using var database = await TestDatabase.CreateAsync(
            "room",
            owner => Migrator.MigrateAsync(owner, "room", typeof(RoomApp).Assembly, TimeProvider.System)
        );
        await using var world = await RoomWorld.StartAsync(connection: database.Runtime);
        var poisoned = new List<Evening>();
        for (var n = 0; n < 30; n++)
        {
            poisoned.Add(await world.EveningAsync(startsIn: TimeSpan.FromMinutes(19)));
        }

        string[] keys = [.. poisoned.Select(p => $"{p.Session}/lobby")];
        await AsOwnerAsync(
            database,
            $"""
            create function poison() returns trigger language plpgsql as $$ begin raise exception 'poisoned'; end $$;
            create trigger poison before update on sessions for each row
                when (old.session_id::text in ({string.Join(", ", poisoned.Select(p => $"'{p.Session}'"))}))
                execute function poison();
            """
        );

        // Due later than what fails: its lobby opens all the same.
        var behind = await world.EveningAsync(startsIn: TimeSpan.FromMinutes(20));
        world.Clock.Advance(TimeSpan.FromMinutes(10));
        await PhaseIsAsync(world, behind.Session, "lobby");
        await Eventually.Async(
            async () => await world.ReadAsync<int>("select max(attempts) from due_work where key = any(@keys)", new { keys }) >= 2,
            () => "nothing was tried again"
        );
        await Eventually.Async(
            async () => await world.ReadAsync<long>("select count(*) from due_work where key = any(@keys) and last_error is not null", new { keys }) == 30,
            () => "not every failure is on record"
        );

        await AsOwnerAsync(database, "drop trigger poison on sessions");
        world.Clock.Advance(TimeSpan.FromMinutes(6));
        foreach (var evening in poisoned)
        {
            await PhaseIsAsync(world, evening.Session, "lobby");
        }
    }

    [Fact]
    public async Task A_session_locked_by_another_transaction_delays_no_other_and_is_handled_when_it_is_free()
    {
        await using var world = await RoomWorld.StartAsync();
        var (locked, free) = (await world.EveningAsync(startsIn: TimeSpan.FromMinutes(20)), await world.EveningAsync(startsIn: TimeSpan.FromMinutes(21)));
        await using (var somebody = await world.Db.BeginAsync(Platform.Security.Caller.System("test")))
        {
            await somebody.ExecuteAsync("select 1 from sessions where session_id = @id for update", new { id = locked.Session });
            world.Clock.Advance(TimeSpan.FromMinutes(10));
            await PhaseIsAsync(world, free.Session, "lobby");
            Assert.Equal("scheduled", await world.ReadAsync<string>("select phase from sessions where session_id = @id", new { id = locked.Session }));
        }

        await PhaseIsAsync(world, locked.Session, "lobby");
    }

    [Fact]
    public async Task Two_nodes_share_what_is_due_and_each_is_met_once()
    {
        await using var world = await RoomWorld.StartAsync();
        var evenings = new List<Evening>();
        for (var n = 0; n < 40; n++)
        {
            evenings.Add(await world.EveningAsync(startsIn: TimeSpan.FromMinutes(20)));
        }

        world.Clock.Advance(TimeSpan.FromMinutes(10));
        foreach (var evening in evenings)
        {
            await PhaseIsAsync(world, evening.Session, "lobby");
        }

        // The lobby opens by one act with one message; a second one would have its own.
        Assert.Equal(40, await world.ReadAsync<long>("select count(*) from sessions where phase = 'lobby' and phase_version = 1"));
    }

    private static Task PhaseIsAsync(RoomWorld world, Guid session, string phase) =>
        Eventually.Async(
            async () => await world.ReadAsync<string>("select phase from sessions where session_id = @session", new { session }) == phase,
            () => $"{session} did not come to {phase}",
            TimeSpan.FromSeconds(30)
        );

    private static async Task AsOwnerAsync(TestDatabase database, string sql)
    {
        await using var connection = new NpgsqlConnection(database.Owner);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
