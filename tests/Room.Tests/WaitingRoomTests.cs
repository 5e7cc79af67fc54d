using System.Text.Json;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Room.Consumers;
using GroupTherapy.Tests.Support;
using Xunit;

namespace GroupTherapy.Room.Tests;

/// <summary>The acts and the view of waiting participants, and the view of staff.</summary>
public sealed class WaitingRoomTests(TwoNodes nodes) : IClassFixture<TwoNodes>
{
    private RoomWorld World => nodes.World;

    [Fact]
    public async Task A_waiting_member_writes_to_the_facilitators_and_asks_for_help_and_the_room_hears_nothing()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(1);
        await lead.CallAsync("Lock");
        await lead.CallAsync("Unlock");
        await using var waiting = await evening.EnterAsync(await evening.MemberAsync(), World.B);
        var posted = await waiting.PostAsync("my camera does not work", "facilitators");
        Assert.Equal(waiting.Own, posted.GetProperty("stream").GetString());
        await lead.ReadsAsync(waiting.Own, "my camera does not work");
        await lead.PostAsync("no camera is fine", waiting.ParticipantId.ToString());
        await waiting.ReadsAsync(waiting.Own, "no camera is fine");
        await waiting.CallAsync("RequestHelp", new { text = "I am not well" });
        await lead.SeesAsync("staff", "help.requested");

        Assert.Equal("not-admitted", await waiting.RefusedAsync("Post", new { id = "1", text = "hello all" }));
        Assert.Equal(
            "not-admitted",
            await waiting.RefusedAsync(
                "React",
                new
                {
                    stream = waiting.Own,
                    seq = 2,
                    emoji = "👍",
                }
            )
        );
        Assert.Equal("not-admitted", await waiting.RefusedAsync("RaiseHand"));
        Assert.DoesNotContain("camera does not work", members[0].Wire, StringComparison.Ordinal);
        Assert.DoesNotContain("no camera is fine", members[0].Wire, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Members_waiting_past_the_start_without_a_facilitator_are_told_and_a_substitute_is_sought()
    {
        var (alone, led) = (await World.EveningAsync(), await World.EveningAsync());
        await using var waiting = await alone.EnterAsync(await alone.MemberAsync(), World.A);
        await using var other = await led.EnterAsync(await led.MemberAsync(), World.B);
        await using var lead = await led.EnterAsync(led.Lead, World.A);
        World.Clock.Advance(TimeSpan.FromMinutes(10));
        await waiting.ReadsWaitingAsync("No facilitator is here yet");
        Assert.Equal(1, await LostAsync(alone));
        Assert.Equal(0, await LostAsync(led));

        Task<long> LostAsync(Evening evening) =>
            World.ReadAsync<long>(
                "select count(*) from outbox where urn like '%facilitator-lost%' and body->>'sessionId' = @id",
                new { id = evening.Session.ToString() }
            );
    }

    [Fact]
    public async Task A_member_who_comes_after_that_is_told_too_and_learns_that_a_facilitator_has_come()
    {
        var evening = await World.EveningAsync();
        await using var early = await evening.EnterAsync(await evening.MemberAsync(), World.A);
        await early.CallAsync("Leave");
        World.Clock.Advance(TimeSpan.FromMinutes(10));
        await using var waiting = await evening.EnterAsync(await evening.MemberAsync(), World.B);
        await waiting.ReadsWaitingAsync("No facilitator is here yet");
        Assert.StartsWith("No facilitator is here yet", waiting.Entered.GetProperty("waitingText").GetString(), StringComparison.Ordinal);
        await using var next = await evening.EnterAsync(await evening.MemberAsync(), World.A);
        await next.ReadsWaitingAsync("No facilitator is here yet");
        Assert.Equal(
            1,
            await World.ReadAsync<long>(
                "select count(*) from outbox where urn like '%facilitator-lost%' and body->>'sessionId' = @id",
                new { id = evening.Session.ToString() }
            )
        );

        await using var lead = await evening.EnterAsync(evening.Lead, World.A);
        await waiting.ReadsWaitingAsync("It is time");
        var last = waiting.Of(waiting.Own).Last(e => e.GetProperty("kind").GetString() == "participant.waiting").GetProperty("data");
        Assert.Equal(("lobby", false), (last.GetProperty("phase").GetString(), last.GetProperty("unled").GetBoolean()));
    }

    [Fact]
    public async Task An_announcement_reaches_the_participants_who_wait_alone()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(1);
        await using var one = await evening.EnterAsync(await evening.MemberAsync(), World.A);
        await using var two = await evening.EnterAsync(await evening.MemberAsync(), World.B);
        await lead.CallAsync("Announce", new { text = "We begin in two minutes." });
        foreach (var waiting in new[] { one, two })
        {
            await waiting.ReadsAsync(waiting.Own, "We begin in two minutes.");
            await lead.ReadsAsync(waiting.Own, "We begin in two minutes.");
        }

        await lead.PostAsync("after it");
        await members[0].ReadsAsync("room", "after it");
        Assert.DoesNotContain("two minutes", members[0].Wire, StringComparison.Ordinal);
        Assert.Equal("bad-request", await lead.RefusedAsync("Announce", new { text = "" }));
        Assert.Equal("too-long", await lead.RefusedAsync("Announce", new { text = new string('x', 4001) }));
    }

    [Fact]
    public async Task Staff_see_waiting_participants_since_when_and_when_they_stop_waiting()
    {
        var evening = await World.EveningAsync();
        await using var first = await evening.EnterAsync(await evening.MemberAsync(), World.A);
        await using var second = await evening.EnterAsync(await evening.MemberAsync(), World.B);
        await using var lead = await evening.EnterAsync(evening.Lead);
        var waiting = lead.Entered.GetProperty("waiting").EnumerateArray().ToList();
        Assert.Equal([first.ParticipantId, second.ParticipantId], waiting.Select(w => w.GetProperty("participantId").GetGuid()));
        Assert.Equal(first.Entered.GetProperty("alias").GetString(), waiting[0].GetProperty("alias").GetString());
        Assert.True(waiting[0].GetProperty("since").GetDateTimeOffset() <= waiting[1].GetProperty("since").GetDateTimeOffset());
        Assert.False(first.Entered.TryGetProperty("waiting", out _));

        await second.CallAsync("Leave");
        await lead.SeesAsync(second.Own, "participant.left");
        await using var co = await evening.EnterAsync(evening.Co, World.B);
        Assert.Equal([first.ParticipantId], co.Entered.GetProperty("waiting").EnumerateArray().Select(w => w.GetProperty("participantId").GetGuid()));
    }

    [Fact]
    public async Task A_member_who_was_muted_while_waiting_is_told_when_they_are_let_in()
    {
        var evening = await World.EveningAsync();
        var (lead, _) = await evening.LiveAsync(1);
        await using var waiting = await evening.EnterAsync(await evening.MemberAsync(), World.B);
        await lead.CallAsync(
            "Mute",
            new
            {
                participantId = waiting.ParticipantId,
                chat = true,
                audio = true,
            }
        );
        await waiting.SeesAsync(waiting.Own, "participant.muted");
        await lead.CallAsync("Admit", new { participantId = waiting.ParticipantId });
        await waiting.SeesAsync(waiting.Own, "participant.admitted");
        var admitted = waiting.Of(waiting.Own).Single(e => e.GetProperty("kind").GetString() == "participant.admitted").GetProperty("data");
        Assert.Equal((true, true, false), MutedOf(admitted.GetProperty("settings")));
        waiting.Abort();
        await using var back = await evening.EnterAsync(evening.Members[1], World.A);
        Assert.Equal((true, true, false), MutedOf(back.Entered.GetProperty("settings")));
        Assert.Equal(evening.Plan.EndsAt, back.Entered.GetProperty("settings").GetProperty("endsAt").GetDateTimeOffset());
    }

    [Fact]
    public async Task A_lobby_whose_session_moved_away_closes_again_and_every_connection_learns_why()
    {
        var evening = await World.EveningAsync();
        await using var lead = await evening.EnterAsync(evening.Lead);
        await using var waiting = await evening.EnterAsync(await evening.MemberAsync(), World.B);
        await MoveAsync(evening, TimeSpan.FromHours(3), 2);
        await lead.IsEndedAsync("session-moved");
        await waiting.IsEndedAsync("session-moved");
        Assert.True(waiting.EndedTerminal);
        Assert.Equal((409, "room-not-open"), await evening.RefusedAsync(evening.Members[0]));
        Assert.Equal(["open", "scheduled"], await PhasesAsync(evening));

        // It opens again at its new time, and people come as if for the first time.
        World.Clock.Advance(TimeSpan.FromHours(3));
        await evening.PermitAsync(evening.Members[0], 2);
        await using var again = await evening.EnterAsync(evening.Members[0]);
        Assert.Equal(("waiting", "lobby"), (again.Entered.GetProperty("state").GetString(), again.Entered.GetProperty("phase").GetString()));
    }

    [Fact]
    public async Task A_plan_that_moves_a_live_room_changes_nothing_in_it_and_is_audited()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(1);
        await MoveAsync(evening, TimeSpan.FromDays(2), 2);
        await members[0].PostAsync("still here");
        await lead.ReadsAsync("room", "still here");
        Assert.Equal(
            evening.Plan.StartsAt,
            await World.ReadAsync<DateTimeOffset>("select starts_at from sessions where session_id = @id", new { id = evening.Session })
        );
        Assert.Equal(
            1,
            await World.ReadAsync<long>("select count(*) from audit_entries where act = 'plan.refused' and ref = @id", new { id = evening.Session })
        );
    }

    private Task MoveAsync(Evening evening, TimeSpan by, long version) =>
        World.DeliverAsync<MoveRoomWhenSessionRescheduled, SessionRescheduled>(
            new(evening.Plan with { StartsAt = evening.Plan.StartsAt + by, EndsAt = evening.Plan.EndsAt + by, Version = version }, World.Clock.GetUtcNow())
        );

    private Task<IReadOnlyList<string>> PhasesAsync(Evening evening) =>
        World.Db.QueryAsync<string>(
            "select body->>'phase' from outbox where urn like '%session-phase-changed%' and body->>'sessionId' = @id order by id",
            new { id = evening.Session.ToString() }
        );

    private static (bool Chat, bool Audio, bool Video) MutedOf(JsonElement settings) =>
        settings.GetProperty("me") is var me
            ? (me.GetProperty("chatMuted").GetBoolean(), me.GetProperty("audioMuted").GetBoolean(), me.GetProperty("videoMuted").GetBoolean())
            : default;
}
