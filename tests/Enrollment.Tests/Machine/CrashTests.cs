using System.Net;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Tests.Support;
using Npgsql;

namespace GroupTherapy.Enrollment.Tests.Machine;

/// <summary>
/// <c>kill -9</c> at each step between a request and its event. A seat asked for, confirmed, given back, run out and added by Scheduling are stopped at the
/// same step, the process is killed,
/// and afterwards state, record and events are what they are when nobody dies.
/// </summary>
[Collection(ApartWorld.OneAtATime)]
public sealed class CrashTests(ApartWorld world) : IClassFixture<ApartWorld>, IAsyncLifetime
{
    /// <summary>A request has come, or a message: nothing is written yet.</summary>
    private const int Arrived = 4710;

    /// <summary>State is being written. COMMIT was not sent.</summary>
    private const int Written = 4711;

    /// <summary>COMMIT was sent and happens; nobody hears its answer.</summary>
    private const int Committing = 4712;

    /// <summary>The broker has the messages; the outbox has them still.</summary>
    private const int Published = 4713;

    // The holder of one of these locks stops every request at that step.
    public async ValueTask InitializeAsync() =>
        await world.RunAsync(
            """
            create or replace function wait_at_the_gate() returns trigger language plpgsql as $$
            begin
                perform pg_advisory_xact_lock_shared(tg_argv[0]::bigint);
                return case when tg_op = 'DELETE' then old else new end;
            end $$;
            create or replace trigger gate_arrived before insert on idempotency_keys for each row execute function wait_at_the_gate(4710);
            create or replace trigger gate_arrived before insert on inbox for each row execute function wait_at_the_gate(4710);
            create or replace trigger gate_written after insert or update on enrollments for each row execute function wait_at_the_gate(4711);
            drop trigger if exists gate_committing on enrollments;
            create constraint trigger gate_committing after insert or update on enrollments deferrable initially deferred for each row execute function
                wait_at_the_gate(4712);
            create or replace trigger gate_published before delete on outbox for each row execute function wait_at_the_gate(4713);
            """
        );

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData(Arrived)]
    [InlineData(Written)]
    [InlineData(Committing)]
    public async Task Killed_on_the_way_to_its_commit_everything_has_happened_once_or_not_at_all_and_a_repeat_completes_it(int step)
    {
        var undisturbed = await UndisturbedAsync();
        var scenes = await Scenes.SetAsync(world);
        var before = WithoutEvents(await scenes.ViewAsync());
        List<Task<Answered>> asked;
        await using (var gate = await Gate.CloseAsync(world, step))
        {
            asked = scenes.Begin();

            // The batch in flight and the message; other requests wait for the next batch.
            await gate.WaitingAsync(2);
            await world.KillAsync();
        }

        await GoneAsync();
        var after = WithoutEvents(await scenes.ViewAsync());
        foreach (var scene in Scenes.Names)
        {
            // A deadline needs no key, so it passes the first step. A COMMIT that was sent happens, although its client is dead.
            var (now, not, whole) = (Of(scene, after), Of(scene, before), WithoutEvents(Of(scene, undisturbed)));
            Assert.Contains(now, new[] { not, whole });
            Assert.True(step == Committing || (step == Arrived && scene == "lapse") || now == not, $"{scene} has happened although its COMMIT was never sent");
        }

        Assert.True(step != Committing || Scenes.Names.Any(scene => Of(scene, after) != Of(scene, before)), "no COMMIT that was sent has happened");

        await world.StartAsync();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => Task.WhenAll(asked));
        var told = await scenes.AskAsync();
        Assert.Equal(new[] { "ask", "confirm", "leave" }.Select(scene => Of(scene, after) != Of(scene, before)), told.Select(a => a.Replayed));
        await scenes.DoneAsync();
        Assert.Equal(undisturbed, await scenes.ViewAsync());
        Assert.Equal(told.Select(a => a with { Replayed = true }), await scenes.AskAsync());
        Assert.Equal(undisturbed, await scenes.ViewAsync());
    }

    [Fact]
    public async Task Killed_after_the_answer_and_before_its_events_were_published_they_are_published_after_the_start()
    {
        var undisturbed = await UndisturbedAsync();
        var scenes = await Scenes.SetAsync(world);
        var before = await scenes.ViewAsync();
        await using var proxy = await FaultProxy.BeforeAsync(world.RabbitPort);
        var direct = world.RabbitPort;
        await world.KillAsync();
        world.RabbitPort = proxy.Port;
        await world.StartAsync();
        await proxy.GoneAsync();

        var told = await Task.WhenAll(scenes.Begin());
        await Eventually.Async(async () => (await world.DueAsync()).Distinct().SequenceEqual(["a message"]), () => "the deadlines had no effect");
        await world.KillAsync();
        Assert.Equal(before.Split('\n').Count(Scenes.IsEvent), (await scenes.ViewAsync()).Split('\n').Count(Scenes.IsEvent));
        world.RabbitPort = direct;
        await world.StartAsync();

        await scenes.DoneAsync();
        Assert.Equal(undisturbed, await scenes.ViewAsync());
        Assert.Equal(told.Select(a => a with { Replayed = true }), await scenes.AskAsync());
    }

    [Fact]
    public async Task Killed_between_the_broker_and_the_outbox_the_events_come_again_under_the_same_id()
    {
        var undisturbed = await UndisturbedAsync();
        var scenes = await Scenes.SetAsync(world);
        Answered[] told;
        await using (var gate = await Gate.CloseAsync(world, Published))
        {
            told = await Task.WhenAll(scenes.Begin());
            await gate.WaitingAsync(1);
            await Eventually.Async(() => scenes.Groups.Any(g => world.TimesHeard(g).Any()), () => "nothing was published");
            await world.KillAsync();
        }

        await GoneAsync();
        await world.StartAsync();
        await scenes.DoneAsync();

        Assert.Contains(scenes.Groups, g => world.TimesHeard(g).Any(times => times > 1));
        Assert.Equal(undisturbed, await scenes.ViewAsync());
        Assert.Equal(told.Select(a => a with { Replayed = true }), await scenes.AskAsync());
    }

    [Fact]
    public async Task After_a_day_down_and_killed_again_while_it_catches_up_each_deadline_had_its_effect_once()
    {
        var groups = new List<Guid>();
        for (var g = 0; g < 12; g++)
        {
            var group = Guid.CreateVersion7();
            groups.Add(group);
            await world.DeliverAsync(new GroupOpened(world.Group(group, 2), world.Clock.GetUtcNow()), Guid.CreateVersion7());
            for (var m = 0; m < 4; m++)
            {
                var answer = await world.SendAsync(await world.MemberAsync(), "member", HttpMethod.Post, "/api/enrollments", new { groupId = group });
                Assert.Equal((HttpStatusCode.Created, m < 2 ? "reserved" : "waitlisted"), (answer.Status, (string)answer.Body["status"]!));
            }
        }

        await world.KillAsync();
        world.Clock.Set(world.Clock.GetUtcNow() + TimeSpan.FromDays(1));
        for (var kills = 0; kills < 2; kills++)
        {
            await using (var gate = await Gate.CloseAsync(world, kills == 0 ? Written : Committing))
            {
                await world.StartAsync();
                await gate.WaitingAsync(1);
                await world.KillAsync();
            }

            await GoneAsync();
        }

        await world.StartAsync();
        await world.SettledAsync();

        var counts = await world.AskAsync<Counted>(
            """
            select e.status, coalesce(e.end_reason, '') as reason, count(*)::int as stays,
                   (select count(*)::int from audit_entries a where a.act in ('enrollment.ended', 'waitlist.offered')
                       and a.ref = any(array_agg(e.id))) as entries
            from enrollments e where e.group_id = any(@groups) group by 1, 2 order by 1
            """,
            new { groups = groups.ToArray() }
        );
        Assert.Equal([new Counted("ended", "expired", 24, 24), new Counted("offered", "", 24, 24)], counts);
        await Eventually.Async(
            () => world.Events.Count(e => e.Kind is "SeatReleased" or "WaitlistOffered" && groups.Contains((Guid)e.Body["groupId"]!)) == 48,
            () => "not every event arrived"
        );
        Assert.Equal(
            48,
            world
                .Events.Where(e => e.Kind is "SeatReleased" or "WaitlistOffered" && groups.Contains((Guid)e.Body["groupId"]!))
                .DistinctBy(e => (e.Kind, (Guid)e.Body["enrollmentId"]!))
                .Count()
        );
        Assert.All(
            await world.AskAsync<int>("select taken from seat_groups where group_id = any(@groups)", new { groups = groups.ToArray() }),
            taken => Assert.Equal(2, taken)
        );
    }

    /// <summary>What becomes of the scenes when nobody dies.</summary>
    private async Task<string> UndisturbedAsync()
    {
        var scenes = await Scenes.SetAsync(world);
        await Task.WhenAll(scenes.Begin());
        await scenes.DoneAsync();
        var view = await scenes.ViewAsync();

        // None of their deadlines is left for what comes next.
        world.Clock.Set(world.Clock.GetUtcNow() + TimeSpan.FromDays(2));
        await world.SettledAsync();
        return view;
    }

    // A backend whose client was killed sees it when it next speaks, and takes back what was not committed.
    private Task GoneAsync() =>
        Eventually.Async(
            async () =>
                (await world.AskAsync<long>("select count(*) from pg_stat_activity where datname = current_database() and usename = 'enrollment'"))[0] == 0,
            () => "the killed process's sessions did not end"
        );

    private static string WithoutEvents(string view) => string.Join('\n', view.Split('\n').Where(l => !Scenes.IsEvent(l)));

    private static string Of(string scene, string view) => string.Join('\n', view.Split('\n').Where(l => l.StartsWith($"{scene}:", StringComparison.Ordinal)));

    private sealed record Counted(string Status, string Reason, int Stays, int Entries);

    /// <summary>While it is closed everybody waits at one step.</summary>
    private sealed class Gate(NpgsqlConnection connection, int step) : IAsyncDisposable
    {
        public static async Task<Gate> CloseAsync(ApartWorld world, int step)
        {
            var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(world.Owner) { Pooling = false }.ConnectionString);
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand($"select pg_advisory_lock({step})", connection);
            await command.ExecuteNonQueryAsync();
            return new Gate(connection, step);
        }

        public Task WaitingAsync(int howMany) =>
            Eventually.Async(
                async () =>
                {
                    await using var command = new NpgsqlCommand(
                        $"select count(*) from pg_locks where locktype = 'advisory' and objid = {step} and not granted",
                        connection
                    );
                    return (long)(await command.ExecuteScalarAsync())! >= howMany;
                },
                () => $"{howMany} were not seen waiting at step {step}"
            );

        public ValueTask DisposeAsync() => connection.DisposeAsync();
    }
}
