using System.Net.Http.Json;
using GroupTherapy.Platform.Data;
using GroupTherapy.Room.Delivery;
using GroupTherapy.Room.Storage;
using GroupTherapy.Tests.Support;
using Npgsql;
using Xunit;

namespace GroupTherapy.Room.Tests;

/// <summary>Writes of a node whose lease was lost: they reach the database late and change nothing.</summary>
public sealed class StaleWritesTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Whatever_a_node_had_in_hand_when_its_lease_ended_is_refused_when_it_arrives_and_then_the_node_serves_again()
    {
        await using var proxy = await FaultProxy.BeforeAsync((await Engines.PostgresAsync()).Port);
        await using var world = await BehindAsync(proxy, ("Times:NodeLease", "8"), ("Times:LeaveAfter", "8"));
        var evening = await world.EveningAsync();
        var (lead, members) = await evening.LiveAsync(2);
        await using var waiting = await evening.EnterAsync(await evening.MemberAsync(), world.A);
        var (newcomer, late) = (await evening.MemberAsync(), await evening.MemberAsync());
        RoomClient[] co =
        [
            await evening.EnterAsync(evening.Co, world.B),
            await evening.EnterAsync(evening.Co, world.B),
            await evening.EnterAsync(evening.Co, world.B),
        ];
        await using var door = await evening.ConnectAsync(newcomer, world.B);
        await using var silent = await evening.EnterAsync(evening.Members[1], world.B, body: new { });
        var (ticket, onB, before) = (await evening.TicketAsync(newcomer), world.B.Get<LiveRooms>().NodeId, world.B.Get<NodeLease>().Term);
        using var http = world.B.As(evening.Lead, "facilitator");
        await members[0].PostAsync("before");
        await members[0].ReadsAsync("room", "before");
        await lead.ReadsAsync("room", "before");
        var cursors = members[0].Cursors();

        // Nothing of this is lost: it waits on its way to the database, with the node's own renewals.
        await proxy.TellAsync("half up");
        var calls = new Dictionary<string, Task<string>>
        {
            ["post"] = members[0].RefusedAsync("Post", new { id = "late", text = "too late" }),
            ["remove"] = co[0].RefusedAsync("Remove", new { participantId = members[1].ParticipantId, reason = "too late" }),
            ["admit"] = co[1].RefusedAsync("Admit", new { participantId = waiting.ParticipantId }),
            ["end"] = co[2].RefusedAsync("End", new { reason = "too late" }),
            ["enter"] = door.RefusedAsync("Enter", new { ticket }),
        };
        var correction = http.PostAsJsonAsync($"/api/sessions/{evening.Session}/attendance/{evening.Members[0]}", new { status = "excused" });
        var join = evening.AskAsync(late, node: world.B);
        silent.Abort();
        await Eventually.Async(
            async () => await world.ReadAsync<long>("select count(*) from connections where node_id = @onB", new { onB }) == 0,
            () => "the other node did not give up what the cut off node served",
            Long
        );
        await using var back = await evening.EnterAsync(evening.Members[0], world.A, cursors, body: new { });
        await back.PostAsync("on the other node");
        await lead.ReadsAsync("room", "on the other node");
        var stood = await StateAsync(world, evening);

        await proxy.TellAsync("pass");
        foreach (var (call, answer) in calls)
        {
            // A call whose connection ended with "moved" has no code.
            Assert.True(await answer is "try-again" or "not-admitted" or "", $"{call}: {await answer}");
        }

        Assert.Equal("try-again", await calls["enter"]);
        Assert.Equal((503, 503), ((int)(await correction).StatusCode, (int)(await join).StatusCode));
        await Eventually.Async(() => world.B.Get<NodeLease>() is { IsOver: false } lease && lease.Term > before, () => "the node got no new lease", Long);
        foreach (var client in co.Append(members[0]))
        {
            await client.IsEndedAsync("moved");
            Assert.False(client.EndedTerminal);
        }

        Assert.Equal(stood, await StateAsync(world, evening));
        Assert.Equal(1, await world.ReadAsync<long>("select count(*) from tickets where session_id = @id", new { id = evening.Session }));

        // It serves again, also with the ticket that it could not spend.
        await door.EnterAsync(ticket);
        await using var again = await evening.EnterAsync(evening.Members[1], world.B, body: new { });
        await again.PostAsync("here again");
        await back.PostAsync("too late", id: "late");
        foreach (var client in new[] { lead, back, again })
        {
            await client.ReadsAsync("room", "too late");
            Assert.True(client.IsWhole("room"));
        }

        Assert.Equal(["before", "on the other node", "here again", "too late"], lead.Texts("room"));
        Assert.Equal(["on the other node", "here again", "too late"], back.Texts("room"));
    }

    [Fact]
    public async Task A_node_that_stops_with_a_room_in_hand_gives_it_free_and_its_write_stands_behind_what_was_said_meanwhile_or_nowhere()
    {
        await using var proxy = await FaultProxy.BeforeAsync((await Engines.PostgresAsync()).Port);
        await using var world = await BehindAsync(proxy);
        var evening = await world.EveningAsync();
        var (lead, members) = await evening.LiveAsync(1);

        await using var co = await evening.EnterAsync(evening.Co, world.B);
        await co.PostAsync("before");
        await lead.ReadsAsync("room", "before");

        // The room is locked for the member's first post, which takes two ways, and the database waits for the words: the node does not hear that it may write
        // them.
        await proxy.TellAsync("half down");
        var post = members[0].RefusedAsync("Post", new { id = "held", text = "in hand" });
        await Eventually.Async(
            async () =>
                await world.ReadAsync<long>(
                    "select count(*) from (select 1 from sessions where session_id = @id for update skip locked) free",
                    new { id = evening.Session }
                ) == 0,
            () => "the room was not taken in hand",
            Long
        );
        await Eventually.Async(
            async () => await lead.RefusedAsync("Post", new { id = "meanwhile", text = "meanwhile" }) == "(no refusal)",
            () => "the room was never given free",
            Long
        );
        await proxy.TellAsync("pass");
        // The transaction in hand is lost. The node may begin anew by itself, since its lease counts still; then the message stands behind what was said
        // meanwhile.
        var taken = await post == "(no refusal)";
        Assert.Contains(await post, new[] { "(no refusal)", "try-again", "not-admitted", "" });
        await lead.ReadsAsync("room", taken ? "in hand" : "meanwhile");
        string[] said = taken ? ["before", "meanwhile", "in hand"] : ["before", "meanwhile"];
        Assert.Equal(said, lead.Texts("room"));
        Assert.Equal(
            taken ? 1 : 0,
            await world.ReadAsync<long>("select count(*) from posts where session_id = @id and client_id = 'held'", new { id = evening.Session })
        );
    }

    [Fact]
    public async Task Without_a_lease_a_node_handles_no_deadline_and_admits_no_participant()
    {
        await using var database = await TestDatabase.CreateAsync(
            "room",
            owner => Migrator.MigrateAsync(owner, "room", typeof(RoomApp).Assembly, TimeProvider.System)
        );
        await using var world = await RoomWorld.StartAsync(nodes: 1, connection: database.Runtime);
        var evening = await world.EveningAsync();
        var (lead, members) = await evening.LiveAsync(1);
        var newcomer = await evening.MemberAsync();
        var ticket = await evening.TicketAsync(newcomer);
        await using var door = await evening.ConnectAsync(newcomer);

        // The node renews its lease as ever and thinks that it has one; the database never agrees.
        await AsOwnerAsync(
            database,
            "create function over() returns trigger language plpgsql as $$ begin new.lease_until := clock_timestamp() - interval '1 "
                + "second'; return new; end $$"
        );
        await AsOwnerAsync(
            database,
            "create trigger over before insert or update on nodes for each row execute function over(); update nodes set " + "lease_until = lease_until"
        );
        await AsOwnerAsync(
            database,
            $"update due_work set next_attempt_at = '-infinity' where key = '{evening.Session}/end'; update sessions set ends_at = "
                + $"starts_at - interval '1 day' where session_id = '{evening.Session}'"
        );
        Assert.Equal("try-again", await door.RefusedAsync("Enter", new { ticket }));
        Assert.Equal("try-again", await members[0].RefusedAsync("Post", new { id = "1", text = "without a lease" }));
        Assert.Equal((503, "try-again"), await evening.RefusedAsync(newcomer));
        using var http = world.A.As(evening.Lead, "facilitator");
        Assert.Equal(503, (int)(await http.PostAsJsonAsync($"/api/sessions/{evening.Session}/attendance/{newcomer}", new { status = "excused" })).StatusCode);

        // What the node begins and may not finish, it rolls back.
        const string RolledBack = "select xact_rollback from pg_stat_database where datname = current_database()";
        var tried = await world.ReadAsync<long>(RolledBack);
        await Eventually.Async(async () => await world.ReadAsync<long>(RolledBack) > tried + 20, () => "the node did not try to do what is due", Long);
        Assert.Equal("live", await world.ReadAsync<string>("select phase from sessions where session_id = @id", new { id = evening.Session }));
        Assert.Equal(2, await world.ReadAsync<long>("select count(*) from participants where session_id = @id and present", new { id = evening.Session }));

        await AsOwnerAsync(database, "drop trigger over on nodes");
        await Eventually.Async(
            async () => await world.ReadAsync<string>("select phase from sessions where session_id = @id", new { id = evening.Session }) == "ended",
            () => "the session did not end when the node had a lease again",
            Long
        );
        Assert.Contains(lead.EndedReason, new[] { "moved", "session-ended" });
    }

    /// <summary>Two nodes; between the second and the database stands the proxy.</summary>
    private static Task<RoomWorld> BehindAsync(FaultProxy proxy, params (string Name, string Value)[] settings) =>
        RoomWorld.StartAsync(
            via: (n, own) => n == 0 ? own : new NpgsqlConnectionStringBuilder(own) { Host = "127.0.0.1", Port = proxy.Port }.ConnectionString,
            settings: settings
        );

    /// <summary>Everything that a late write could have changed: the log, who is where, what was put on record and what others are told.</summary>
    private static Task<string> StateAsync(RoomWorld world, Evening evening) =>
        world.ReadAsync<string>(
            """
            select concat_ws(E'\n',
                (select string_agg(concat_ws(' ', stream, seq, kind, by_id, data), E'\n' order by stream, seq) from room_events where session_id = @id),
                (select string_agg(concat_ws(' ', participant_id, admission, present), E'\n' order by participant_id) from participants where session_id = @id),
                (select concat_ws(' ', phase, phase_version, locked) from sessions where session_id = @id),
                (select string_agg(concat_ws(' ', kind, key), E'\n' order by kind, key) from due_work where key like @id || '%'),
                (select count(*) from attendance_corrections where session_id = @id), (select count(*) from moderation_notes where session_id = @id),
                (select count(*) from audit_entries where ref = @id and act <> 'hub.refused'), (select count(*) from outbox))
            """,
            new { id = evening.Session }
        );

    private static async Task AsOwnerAsync(TestDatabase database, string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database.Owner) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
