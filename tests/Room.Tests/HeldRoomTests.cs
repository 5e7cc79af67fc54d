using System.Text.Json;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Web;
using GroupTherapy.Tests.Support;
using Xunit;

namespace GroupTherapy.Room.Tests;

public sealed class HeldRoomTests : IAsyncLifetime
{
    private RoomWorld World { get; set; } = null!;

    public async ValueTask InitializeAsync() => World = await RoomWorld.StartAsync(settings: [("Times:FacilitatorGrace", "3"), ("Times:HeldEnd", "600")]);

    public ValueTask DisposeAsync() => World.DisposeAsync();

    [Fact]
    public async Task A_room_without_its_facilitator_is_held_and_goes_on_when_staff_come()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(1);
        lead.Abort();
        await members[0].SeesAsync("room", "room.held");
        var held = members[0].Of("room").Single(e => e.GetProperty("kind").GetString() == "room.held").GetProperty("data");
        Assert.Equal("988", held.GetProperty("crisisLines")[0].GetProperty("phone").GetString());
        Assert.True(held.GetProperty("until").GetDateTimeOffset() > World.Clock.GetUtcNow().AddMinutes(9));
        Assert.Equal("room-held", await members[0].RefusedAsync("Post", new { id = "1", text = "is anybody there?" }));
        Assert.Equal("room-held", await members[0].RefusedAsync("RaiseHand"));
        await members[0].PostAsync("we are alone", "facilitators");
        await members[0].CallAsync("RequestHelp", new { });

        await using var co = await evening.EnterAsync(evening.Co, World.B);
        Assert.Contains("help.requested", co.Kinds("staff"));
        Assert.Equal("live", co.Entered.GetProperty("phase").GetString());
        await members[0].SeesAsync("room", "room.resumed");
        await members[0].PostAsync("good to see you");
        Assert.Equal(
            ["open", "live", "held", "live"],
            await World.Db.QueryAsync<string>(
                "select body->>'phase' from outbox where urn like '%session-phase-changed%' and body->>'sessionId' = @id order by id",
                new { id = evening.Session.ToString() }
            )
        );
    }

    [Fact]
    public async Task A_held_room_ends_safely_at_its_deadline()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(1);
        await lead.CallAsync("Leave");
        await members[0].SeesAsync("room", "room.held");
        World.Clock.Advance(TimeSpan.FromMinutes(11));
        await members[0].IsEndedAsync("session-ended");
        Assert.Equal("no-facilitator", await World.ReadAsync<string>("select end_reason from sessions where session_id = @id", new { id = evening.Session }));
    }

    [Fact]
    public async Task A_session_that_staff_did_not_end_ends_a_quarter_of_an_hour_after_its_time()
    {
        var evening = await World.EveningAsync();
        await using var lead = await evening.EnterAsync(evening.Lead);
        World.Clock.Advance(TimeSpan.FromMinutes(64));
        Assert.Equal("lobby", await World.ReadAsync<string>("select phase from sessions where session_id = @id", new { id = evening.Session }));
        World.Clock.Advance(TimeSpan.FromMinutes(17));
        await lead.IsEndedAsync("session-ended");
        Assert.Equal("time-over", await World.ReadAsync<string>("select end_reason from sessions where session_id = @id", new { id = evening.Session }));
    }

    [Fact]
    public async Task The_grace_counts_from_the_moment_a_facilitator_went()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(2);
        await Eventually.Async(
            async () =>
                await World.ReadAsync<bool>(
                    "select seen_at > @Now - interval '2 seconds' from staff_presence where session_id = @id",
                    new { Now = World.Clock.GetUtcNow(), id = evening.Session }
                ),
            () => "the facilitator was not seen"
        );

        // Silent for a while before it goes: only the end of the socket is its last sign.
        var silentSince = TimeProvider.System.GetTimestamp();
        await Eventually.Async(() => TimeProvider.System.GetElapsedTime(silentSince) > TimeSpan.FromSeconds(1.3), () => "time stood still");
        var gone = World.Clock.GetUtcNow();
        lead.Abort();
        await members[0].SeesAsync("room", "room.held");
        var held = members[0].Of("room").Single(e => e.GetProperty("kind").GetString() == "room.held").GetProperty("at").GetDateTimeOffset() - gone;
        Assert.InRange(held.TotalSeconds, 3, 15);

        using var operators = World.B.As(Guid.CreateVersion7(), Roles.Operator);
        var state = JsonDocument.Parse(await operators.GetStringAsync($"/api/sessions/{evening.Session}/room")).RootElement;
        var until = state.GetProperty("heldUntil").GetDateTimeOffset();
        Assert.Equal(600, (until - state.GetProperty("heldSince").GetDateTimeOffset()).TotalSeconds, 0.001);
        var lost = JsonDocument
            .Parse(
                await World.ReadAsync<string>(
                    "select body::text from outbox where urn like '%facilitator-lost%' and body->>'sessionId' = @id",
                    new { id = evening.Session.ToString() }
                )
            )
            .RootElement;
        Assert.Equal(
            ("US-FL", 2),
            (lost.GetProperty("places")[0].GetProperty("jurisdiction").GetString(), lost.GetProperty("places")[0].GetProperty("members").GetInt32())
        );
        Assert.Equal(until, lost.GetProperty("heldUntil").GetDateTimeOffset());

        await using var co = await evening.EnterAsync(evening.Co, World.B);
        Assert.Equal(
            co.ParticipantId.ToString(),
            await World.ReadAsync<string>(
                "select body->>'participantId' from outbox where urn like '%facilitator-back%' and body->>'sessionId' = @id",
                new { id = evening.Session.ToString() }
            )
        );
        Assert.Equal("resumed", await World.ReadAsync<string>("select outcome from incidents where session_id = @id", new { id = evening.Session }));
        Assert.Equal(
            1,
            await World.ReadAsync<long>("select count(*) from audit_entries where act = 'session.held' and ref = @id", new { id = evening.Session })
        );

        // Lost again at once: the deadline that was running goes on.
        await co.CallAsync("Leave");
        await Eventually.Async(() => members[0].Kinds("room").Count(k => k == "room.held") == 2, () => "the room was not held again");
        Assert.Equal(until, await World.ReadAsync<DateTimeOffset>("select held_until from sessions where session_id = @id", new { id = evening.Session }));
        Assert.Equal(2, await World.ReadAsync<long>("select count(*) from incidents where session_id = @id", new { id = evening.Session }));
    }

    [Fact]
    public async Task A_co_facilitator_who_is_there_takes_over_and_the_room_is_not_held()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(1);
        await using var co = await evening.EnterAsync(evening.Co, World.B);
        lead.Abort();
        var since = TimeProvider.System.GetTimestamp();
        await Eventually.Async(() => TimeProvider.System.GetElapsedTime(since) > TimeSpan.FromSeconds(5), () => "time stood still");
        await co.CallAsync("Mute", new { participantId = members[0].ParticipantId, chat = true });
        Assert.DoesNotContain("room.held", co.Kinds("room"));
    }
}
