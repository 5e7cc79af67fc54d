using GroupTherapy.Contracts.Identity;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Room.Delivery;
using GroupTherapy.Room.Storage;
using GroupTherapy.Tests.Support;
using Npgsql;
using Xunit;

namespace GroupTherapy.Room.Tests;

/// <summary>Lines that are dead and say nothing: between a node and its database, between a facilitator and the node.</summary>
public sealed class CutOffTests
{
    [Fact]
    public async Task A_node_cut_from_PostgreSQL_refuses_and_sends_its_people_elsewhere_and_the_room_goes_on_without_it()
    {
        var postgres = await Engines.PostgresAsync();
        await using var wire = new BlackHole(postgres.Port);
        await using var world = await RoomWorld.StartAsync(
            via: (n, own) =>
                n == 0
                    ? own
                    : new NpgsqlConnectionStringBuilder(own)
                    {
                        Host = "127.0.0.1",
                        Port = wire.Port,
                        CommandTimeout = 5,
                    }.ConnectionString,
            settings: [("Times:NodeLease", "4"), ("Times:LeaveAfter", "4")]
        );
        var evening = await world.EveningAsync();
        var (lead, members) = await evening.LiveAsync(1);
        await using var silent = await evening.EnterAsync(evening.Members[0], world.B, body: new { });
        await members[0].PostAsync("before the cut");
        await lead.ReadsAsync("room", "before the cut");

        wire.Swallow = true;
        await Eventually.Async(() => world.B.Get<NodeLease>().IsOver, () => "the node did not notice");
        await members[0].IsEndedAsync("moved");
        Assert.False(members[0].EndedTerminal);
        await silent.IsEndedAsync("moved");
        await using var late = await evening.ConnectAsync(evening.Members[0], world.B);
        Assert.Equal("try-again", await late.RefusedAsync("Enter", new { ticket = "any" }));
        Assert.Equal("try-again", await late.RefusedAsync("Post", new { id = "1", text = "into the void" }));

        await using var back = await evening.EnterAsync(evening.Members[0], world.A, members[0].Cursors(), body: new { });
        await lead.PostAsync("after the cut");
        await back.ReadsAsync("room", "after the cut");
        Assert.DoesNotContain("room.held", lead.Kinds("room"));
    }

    [Fact]
    public async Task A_lease_that_the_database_calls_over_lets_nothing_through()
    {
        await using var world = await RoomWorld.StartAsync();
        var evening = await world.EveningAsync();
        var (_, members) = await evening.LiveAsync(1);
        await Eventually.Async(
            async () =>
            {
                // The node renews every three seconds; what it asks in between is refused by the database, whatever the node thinks.
                await using var work = await world.Db.BeginAsync(Platform.Security.Caller.System("test"));
                await work.ExecuteAsync(
                    "update nodes set lease_until = clock_timestamp() - interval '1 second' where node_id = @NodeId",
                    new { world.B.Get<LiveRooms>().NodeId }
                );
                await work.CommitAsync();
                return await members[0].RefusedAsync("Post", new { id = Guid.CreateVersion7().ToString(), text = "too late" }) == "try-again";
            },
            () => "a post of a node without a lease was taken"
        );
    }

    [Fact]
    public async Task A_silent_facilitator_stays_present_and_one_with_a_dead_connection_counts_as_gone()
    {
        // A pong may take four seconds, so that a pause of the machine is no dead line; the clock makes up for the long grace.
        await using var world = await RoomWorld.StartAsync(nodes: 1, settings: [("Times:FacilitatorGrace", "12"), ("Times:HeldEnd", "600")]);
        var evening = await world.EveningAsync();
        await using var wire = new BlackHole(world.A.Address.Port);
        var ticket = await evening.TicketAsync(evening.Lead);
        await using var lead = await RoomClient.ConnectAsync(
            new Uri($"http://127.0.0.1:{wire.Port}"),
            world.A.Tokens.For("room", evening.Lead, [Roles.Facilitator]),
            evening.Session
        );
        await lead.EnterAsync(ticket);
        await lead.CallAsync("Open");
        await using var member = await evening.EnterAsync(await evening.MemberAsync(), world.A);
        await lead.CallAsync("AdmitAll");
        await member.SeesAsync("room", "participant.joined");

        for (var silent = 0; silent < 16; silent += 4)
        {
            world.Clock.Advance(TimeSpan.FromSeconds(4));
            var now = world.Clock.GetUtcNow();
            await Eventually.Async(
                async () => await world.ReadAsync<bool>("select seen_at >= @now from staff_presence where session_id = @id", new { now, id = evening.Session }),
                () => "the silent facilitator was not seen"
            );
        }

        Assert.Equal("live", await world.ReadAsync<string>("select phase from sessions where session_id = @id", new { id = evening.Session }));
        wire.Swallow = true;
        world.Clock.Advance(TimeSpan.FromSeconds(6));
        await member.SeesAsync("room", "room.held");
    }
}
