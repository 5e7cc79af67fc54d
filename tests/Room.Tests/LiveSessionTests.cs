using System.Net.Http.Json;
using System.Text.Json;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Room.Consumers;
using GroupTherapy.Tests.Support;
using Xunit;

namespace GroupTherapy.Room.Tests;

/// <summary>What people in a room can take back, change and go on with.</summary>
public sealed class LiveSessionTests(TwoNodes nodes) : IClassFixture<TwoNodes>
{
    private RoomWorld World => nodes.World;

    [Fact]
    public async Task A_removed_member_comes_back_only_when_readmitted_and_waits_first()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(1);
        var account = evening.Members[0];
        await lead.CallAsync("Remove", new { participantId = members[0].ParticipantId, reason = "a quarrel" });
        await members[0].IsEndedAsync("removed");
        Assert.Equal("not-found", await lead.RefusedAsync("Admit", new { participantId = members[0].ParticipantId }));
        Assert.Equal((403, "removed"), await evening.RefusedAsync(account));
        await lead.PostAsync("while you were out");
        await lead.CallAsync("Readmit", new { participantId = members[0].ParticipantId });
        await lead.CallAsync("Readmit", new { participantId = members[0].ParticipantId });
        Assert.Single(lead.Kinds("staff"), k => k == "participant.readmitted");

        foreach (var node in World.Nodes)
        {
            await using var back = await evening.EnterAsync(account, node);
            Assert.Equal(("waiting", members[0].ParticipantId), (back.Entered.GetProperty("state").GetString(), back.ParticipantId));
            await back.CallAsync("Leave");
        }

        await using var now = await evening.EnterAsync(account, World.B);
        await lead.CallAsync("Admit", new { participantId = now.ParticipantId });
        await now.SeesAsync("room", "participant.joined");
        await now.PostAsync("sorry");
        await lead.ReadsAsync("room", "sorry");
        Assert.DoesNotContain("while you were out", now.Wire, StringComparison.Ordinal);
        Assert.Equal("not-found", await lead.RefusedAsync("Readmit", new { participantId = Guid.CreateVersion7() }));
    }

    [Fact]
    public async Task A_message_that_its_author_retracted_has_no_text_for_any_reader()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(2);
        var seq = (await members[0].PostAsync("that was too much", id: "mine")).GetProperty("seq").GetInt64();
        await members[1].ReadsAsync("room", "that was too much");
        Assert.Equal("not-allowed", await members[1].RefusedAsync("Retract", new { stream = "room", seq }));
        Assert.Equal("not-allowed", await lead.RefusedAsync("Retract", new { stream = "room", seq }));
        Assert.Equal("not-found", await members[0].RefusedAsync("Retract", new { stream = "room", seq = 1 }));
        Assert.Equal("not-allowed", await members[0].RefusedAsync("Retract", new { stream = members[1].Own, seq = 1 }));
        await members[0].CallAsync("Retract", new { stream = "room", seq });
        await members[0].CallAsync("Retract", new { stream = "room", seq });
        await members[1].SeesAsync("room", "message.hidden");
        Assert.Single(members[0].Kinds("room"), k => k == "message.hidden");
        Assert.Equal(
            "not-found",
            await lead.RefusedAsync(
                "React",
                new
                {
                    stream = "room",
                    seq,
                    emoji = "👍",
                }
            )
        );

        // For staff, too: live on another node, afterwards, and from the log.
        await using var co = await evening.EnterAsync(evening.Co, World.B);
        await using var member = await evening.EnterAsync(evening.Members[1], World.A);
        foreach (var late in new[] { co, member })
        {
            var data = late.Of("room").Single(e => e.GetProperty("seq").GetInt64() == seq).GetProperty("data");
            Assert.Equal((JsonValueKind.Null, true), (data.GetProperty("text").ValueKind, data.GetProperty("hidden").GetBoolean()));
        }

        using var http = World.B.As(evening.Lead, Roles.Facilitator);
        Assert.DoesNotContain("too much", await http.GetStringAsync($"/api/sessions/{evening.Session}/events?stream=room"), StringComparison.Ordinal);
        // The same id answers as before.
        Assert.Equal(seq, (await members[0].PostAsync("that was too much", id: "mine")).GetProperty("seq").GetInt64());
    }

    [Fact]
    public async Task A_new_name_is_told_to_the_room_and_kept()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(2);
        await members[0].CallAsync("Rename", new { alias = "Robin" });
        await members[0].CallAsync("Rename", new { alias = "Robin" });
        await lead.CallAsync("Rename", new { alias = "Robin", participantId = members[1].ParticipantId });
        await members[0].PostAsync("it is me");
        await members[1].ReadsAsync("room", "it is me");
        Assert.Equal(
            ["Robin", "Robin 2"],
            members[1]
                .Of("room")
                .Where(e => e.GetProperty("kind").GetString() == "participant.renamed")
                .Select(e => e.GetProperty("data").GetProperty("alias").GetString())
        );
        Assert.Equal("Robin", members[1].Of("room")[^1].GetProperty("by").GetProperty("alias").GetString());
        Assert.Equal("not-allowed", await members[0].RefusedAsync("Rename", new { alias = "Other", participantId = members[1].ParticipantId }));
        foreach (var alias in new[] { "", "  ", new string('x', 41), "\u200b" })
        {
            Assert.Equal("bad-request", await members[0].RefusedAsync("Rename", new { alias }));
        }

        Assert.Equal("bad-request", await members[0].RefusedAsync("Rename", new { alias = lead.Entered.GetProperty("alias").GetString() }));
        await using var back = await evening.EnterAsync(evening.Members[0], body: new { alias = "Somebody else" });
        Assert.Equal("Robin", back.Entered.GetProperty("alias").GetString());

        // Of a participant who waits only they themselves and staff hear.
        await using var waiting = await evening.EnterAsync(await evening.MemberAsync());
        await waiting.CallAsync("Rename", new { alias = "Quiet One" });
        await Eventually.Async(
            () => lead.Of(waiting.Own)[^1].GetProperty("data").GetProperty("alias").GetString() == "Quiet One",
            () => "staff did not see it"
        );
        Assert.DoesNotContain("Quiet One", members[1].Wire, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_is_extended_where_permits_and_calendars_allow_and_the_room_hears_of_its_end_in_time()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(1);
        foreach (var minutes in new[] { 0, -1, 31 })
        {
            Assert.Equal("bad-request", await lead.RefusedAsync("Extend", new { minutes }));
        }

        await lead.CallAsync("Extend", new { minutes = 30 });
        var end = evening.Plan.EndsAt.AddMinutes(30);
        await members[0].SeesAsync("room", "room.extended");
        Assert.Equal(end, DataOf(members[0], "room.extended").GetProperty("endsAt").GetDateTimeOffset());
        Assert.Equal(end.AddMinutes(15), await DueAsync(evening, "end"));
        Assert.Equal(end.AddMinutes(-5), await DueAsync(evening, "ending"));
        Assert.Equal(
            end,
            await World.ReadAsync<DateTimeOffset>(
                "select (body->>'endsAt')::timestamptz from outbox where urn like '%session-extended%' and body->>'sessionId' = @id",
                new { id = evening.Session.ToString() }
            )
        );

        // The lead's next session begins before a second extension would be over; the permit of a member ends before a third.
        var next = evening.Plan with
        {
            SessionId = Guid.CreateVersion7(),
            StartsAt = end.AddMinutes(10),
            EndsAt = end.AddMinutes(70),
            CoFacilitatorIds = [],
        };
        await World.DeliverAsync<PlanRoomWhenSessionScheduled, SessionScheduled>(new(next, World.Clock.GetUtcNow()));
        Assert.Equal("not-allowed", await lead.RefusedAsync("Extend", new { minutes = 11 }));
        await lead.CallAsync("Extend", new { minutes = 1 });
        await World.DeliverAsync<CancelRoomWhenSessionCancelled, SessionCancelled>(new(next with { Cancelled = true, Version = 2 }, World.Clock.GetUtcNow()));
        await evening.PermitAsync(evening.Members[0], 2, until: end.AddMinutes(5));
        Assert.Equal("not-allowed", await lead.RefusedAsync("Extend", new { minutes = 5 }));
        await evening.PermitAsync(evening.Members[0], 3);
        await lead.CallAsync("Extend", new { minutes = 4 });
        Assert.Equal(end.AddMinutes(20), await DueAsync(evening, "end"));
    }

    [Fact]
    public async Task The_room_is_told_five_minutes_before_its_end_and_again_when_that_end_moved()
    {
        await using var world = await RoomWorld.StartAsync(settings: [("Times:FacilitatorGrace", "100000")]);
        var evening = await world.EveningAsync();
        var (lead, members) = await evening.LiveAsync(1);
        world.Clock.Advance(evening.Plan.EndsAt.AddMinutes(-4) - world.Clock.GetUtcNow());
        await members[0].SeesAsync("room", "room.ending");
        Assert.Equal(evening.Plan.EndsAt, DataOf(members[0], "room.ending").GetProperty("at").GetDateTimeOffset());
        await lead.CallAsync("Extend", new { minutes = 10 });
        world.Clock.Advance(TimeSpan.FromMinutes(10));
        await Eventually.Async(() => members[0].Kinds("room").Count(k => k == "room.ending") == 2, () => "the later end was not announced");
    }

    [Fact]
    public async Task A_facilitator_who_was_replaced_is_told_so_may_still_read_and_the_room_knows_its_new_lead()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(1);
        await members[0].PostAsync("before the change");
        var plan = evening.Plan with { LeadFacilitatorId = Guid.CreateVersion7(), Version = 2 };
        await World.DeliverAsync<HandOverRoomWhenFacilitatorSubstituted, FacilitatorSubstituted>(new(plan, World.Clock.GetUtcNow()), node: 1);
        await lead.IsEndedAsync("handed-over");
        Assert.True(lead.EndedTerminal);
        var before = evening.Lead;
        evening.Replan(plan);
        await using var substitute = await evening.EnterAsync(plan.LeadFacilitatorId, World.B);
        await members[0].SeesAsync("room", "lead.changed");
        Assert.Equal(substitute.ParticipantId, DataOf(members[0], "lead.changed").GetProperty("participantId").GetGuid());

        using var http = World.A.As(before, Roles.Facilitator);
        Assert.Contains("before the change", await http.GetStringAsync($"/api/sessions/{evening.Session}/events?stream=room"), StringComparison.Ordinal);
        Assert.Equal(200, (int)(await http.GetAsync($"/api/sessions/{evening.Session}/attendance")).StatusCode);
        var correction = await http.PostAsJsonAsync($"/api/sessions/{evening.Session}/attendance/{evening.Members[0]}", new { status = "excused" });
        Assert.Equal(404, (int)correction.StatusCode);
    }

    [Fact]
    public async Task A_co_facilitator_who_becomes_the_lead_is_announced_at_once()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(1);
        await using var co = await evening.EnterAsync(evening.Co, World.B);
        await World.DeliverAsync<HandOverRoomWhenFacilitatorSubstituted, FacilitatorSubstituted>(
            new(evening.Plan with { LeadFacilitatorId = evening.Co, CoFacilitatorIds = [], Version = 2 }, World.Clock.GetUtcNow())
        );
        await members[0].SeesAsync("room", "lead.changed");
        await lead.IsEndedAsync("handed-over");
        await co.PostAsync("I lead now");
        await members[0].ReadsAsync("room", "I lead now");
    }

    [Fact]
    public async Task Hands_are_listed_as_they_were_raised_and_a_mute_is_told_when_it_changes_something()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(3);
        foreach (var n in new[] { 2, 0, 1 })
        {
            await members[n].CallAsync("RaiseHand");
        }

        Task MuteAsync(string method, object? flags = null) => lead.CallAsync(method, flags ?? new { participantId = members[0].ParticipantId });
        await MuteAsync("Mute");
        await MuteAsync("Mute");
        await MuteAsync(
            "Unmute",
            new
            {
                participantId = members[0].ParticipantId,
                audio = true,
                video = false,
            }
        );
        await MuteAsync("Unmute", new { participantId = members[0].ParticipantId, chat = false });
        await MuteAsync(
            "Mute",
            new
            {
                participantId = members[0].ParticipantId,
                audio = true,
                video = true,
            }
        );
        await MuteAsync("Unmute");
        await members[1].CallAsync("Leave");
        await lead.CallAsync("Unlock");
        await lead.CallAsync("SlowMode", new { seconds = 0 });
        await lead.CallAsync("GiveTurn", new { });
        await lead.CallAsync("LowerHand", new { participantId = lead.ParticipantId });

        await using var late = await evening.EnterAsync(evening.Co, World.B);
        Assert.Equal(
            [members[2].ParticipantId, members[0].ParticipantId],
            late.Entered.GetProperty("settings").GetProperty("hands").EnumerateArray().Select(h => h.GetGuid())
        );
        Assert.Equal(
            ["participant.muted audio chat video", "participant.unmuted audio", "participant.muted audio", "participant.unmuted audio chat video"],
            late.Of(members[0].Own)
                .Where(e => e.GetProperty("kind").GetString()!.Contains("muted", StringComparison.Ordinal))
                .Select(e =>
                    $"{e.GetProperty("kind").GetString()} {string.Join(' ', e.GetProperty("data").EnumerateObject()
                    .Where(d => d.Value.ValueKind == JsonValueKind.True).Select(d => d.Name).Order())}"
                )
        );
        // A participant who leaves with a raised hand lowers it, and the log says so.
        Assert.Equal(
            ["hand.raised", "hand.raised", "hand.raised", "hand.lowered"],
            late.Kinds("room").Where(k => k!.StartsWith("hand.", StringComparison.Ordinal))
        );
        Assert.DoesNotContain(late.Kinds("room"), k => k is "room.unlocked" or "room.slowed" or "turn.given");
    }

    private Task<DateTimeOffset> DueAsync(Evening evening, string deadline) =>
        World.ReadAsync<DateTimeOffset>("select due_at from due_work where key = @key", new { key = $"{evening.Session}/{deadline}" });

    private static JsonElement DataOf(RoomClient client, string kind) =>
        client.Of("room").First(e => e.GetProperty("kind").GetString() == kind).GetProperty("data");
}
