using System.Text.Json;
using GroupTherapy.Tests.Support;
using Xunit;

namespace GroupTherapy.Room.Tests;

public sealed class ModerationTests(TwoNodes nodes) : IClassFixture<TwoNodes>
{
    private RoomWorld World => nodes.World;

    [Fact]
    public async Task H04_What_staff_do_members_may_not_and_nothing_changes()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(2);
        await using var waiting = await evening.EnterAsync(await evening.MemberAsync());
        await members[1].CallAsync("RaiseHand");
        await members[1].SeesAsync("room", "hand.raised");
        var before = await CountAsync(evening);
        var other = members[1].ParticipantId;
        foreach (
            var (method, argument) in new (string, object?)[]
            {
                ("Remove", new { participantId = other, reason = "no" }),
                ("Mute", new { participantId = other, chat = true }),
                ("Unmute", new { participantId = other, chat = true }),
                ("LowerHand", new { participantId = other }),
                ("End", new { reason = "no" }),
                ("Lock", null),
                ("Unlock", null),
                ("Open", null),
                ("AdmitAll", null),
                ("Admit", new { participantId = waiting.ParticipantId }),
                ("SendToWaiting", new { participantId = other }),
                (
                    "Hide",
                    new
                    {
                        stream = "room",
                        seq = 1,
                        reason = "no",
                    }
                ),
                ("SlowMode", new { seconds = 30 }),
                ("GiveTurn", new { participantId = other }),
                ("Crisis", new { participantId = other, open = true }),
                ("Readmit", new { participantId = other }),
                ("Announce", new { text = "no" }),
                ("Extend", new { minutes = 5 }),
                ("Rename", new { alias = "Nobody", participantId = other }),
            }
        )
        {
            Assert.Equal("not-allowed", argument is null ? await members[0].RefusedAsync(method) : await members[0].RefusedAsync(method, argument));
        }

        Assert.Equal(before, await CountAsync(evening));
        Assert.Equal(
            "waiting",
            await World.ReadAsync<string>("select admission from participants where participant_id = @p", new { p = waiting.ParticipantId })
        );
        Assert.Equal(
            19,
            await World.ReadAsync<long>(
                "select count(*) from audit_entries where act = 'room.refused' and ref = @id and subject = @who",
                new { id = evening.Session, who = evening.Members[0] }
            )
        );
        Assert.True(lead.EndedReason is null);
    }

    [Fact]
    public async Task H14_Members_do_not_admit_themselves()
    {
        var evening = await World.EveningAsync();
        var (lead, _) = await evening.LiveAsync(1);
        await using var waiting = await evening.EnterAsync(await evening.MemberAsync(), World.B);
        Assert.Equal("not-allowed", await waiting.RefusedAsync("Admit", new { participantId = waiting.ParticipantId }));
        Assert.Equal("not-allowed", await waiting.RefusedAsync("AdmitAll"));
        Assert.Equal("not-admitted", await waiting.RefusedAsync("RaiseHand"));
        await using var stranger = await evening.ConnectAsync(evening.Members[0]);
        Assert.Equal("not-admitted", await stranger.RefusedAsync("Post", new { id = "1", text = "without entering" }));
        await lead.CallAsync("End", new { reason = "over" });
        await waiting.IsEndedAsync("session-ended");
        Assert.DoesNotContain("\"room\"", waiting.Wire, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_connection_that_ends_carries_its_reason_once()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(9);
        await Task.WhenAll(members.Select(member => lead.CallAsync("Remove", new { participantId = member.ParticipantId, reason = "all at once" })));
        foreach (var member in members)
        {
            await member.IsEndedAsync("removed");
            await Eventually.Async(() => member.IsClosed, () => "a removed person's connection stayed open");
            Assert.Equal(2, member.Wire.Split("\"ended\"").Length);
        }
    }

    [Fact]
    public async Task A_waiting_participant_reads_what_is_true_now()
    {
        var evening = await World.EveningAsync();
        await using var lead = await evening.EnterAsync(evening.Lead);
        await using var waiting = await evening.EnterAsync(await evening.MemberAsync(), World.B);
        Assert.Contains("You are early", waiting.Entered.GetProperty("waitingText").GetString(), StringComparison.Ordinal);
        await lead.CallAsync("Open");
        await waiting.ReadsWaitingAsync("The session has begun");
        await lead.CallAsync("AdmitAll");
        await waiting.SeesAsync("room", "participant.joined");
        await lead.CallAsync("SendToWaiting", new { participantId = waiting.ParticipantId });
        await waiting.ReadsWaitingAsync("asked you to wait outside");
        Assert.True(waiting.IsWhole(waiting.Own));
    }

    [Fact]
    public async Task H11_Removal_is_for_good_in_every_tab_on_every_node_and_with_every_ticket()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(2);
        var (gone, account) = (members[0], evening.Members[0]);
        await using var tab = await evening.EnterAsync(account, World.A);
        var ticket = await evening.TicketAsync(account, new { });
        await using var unused = await evening.ConnectAsync(account, World.B);

        await lead.CallAsync("Remove", new { participantId = gone.ParticipantId, reason = "unkind words" });
        await lead.PostAsync("after the removal");
        await gone.IsEndedAsync("removed");
        await tab.IsEndedAsync("removed");
        Assert.True(gone.EndedTerminal);
        await members[1].ReadsAsync("room", "after the removal");
        await members[1].SeesAsync("room", "participant.removed");

        Assert.Equal((403, "removed"), await evening.RefusedAsync(account));
        Assert.Equal((403, "removed"), await evening.RefusedAsync(account, new { }, World.B));
        Assert.Contains(await unused.RefusedAsync("Enter", new { ticket }), new[] { "removed", "ticket-invalid" });
        foreach (var client in new[] { gone, tab, unused })
        {
            Assert.DoesNotContain("after the removal", client.Wire, StringComparison.Ordinal);
        }

        // For the record, sealed; never in the room, on the bus or in the audit record.
        Assert.DoesNotContain("unkind", members[1].Wire + lead.Wire, StringComparison.Ordinal);
        Assert.Equal(
            1,
            await World.ReadAsync<long>(
                "select count(*) from moderation_notes where session_id = @id and act = 'participant.removed'",
                new { id = evening.Session }
            )
        );
        Assert.Equal(
            1,
            await World.ReadAsync<long>(
                "select count(*) from outbox where urn like '%participant-removed%' and body->>'sessionId' = @id and body::text not like '%unkind%'",
                new { id = evening.Session.ToString() }
            )
        );
        Assert.Equal(
            "not-found",
            await lead.RefusedAsync(
                "Post",
                new
                {
                    id = "p",
                    text = "still you?",
                    to = gone.ParticipantId,
                }
            )
        );
        await lead.CallAsync("Remove", new { participantId = gone.ParticipantId, reason = "again" });
    }

    [Fact]
    public async Task H10_A_muted_member_is_refused_from_the_acknowledgement_on()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(1);
        var who = members[0].ParticipantId;
        await lead.CallAsync("Mute", new { participantId = who, chat = true });
        Assert.Equal("muted", await members[0].RefusedAsync("Post", new { id = "1", text = "but" }));
        await members[0].PostAsync("may I speak?", "facilitators");
        await members[0].CallAsync("RaiseHand");
        Assert.Equal("not-allowed", await members[0].RefusedAsync("Unmute", new { participantId = who, chat = true }));
        await members[0].CallAsync("RequestHelp", new { text = "I am not well" });
        await lead.SeesAsync("staff", "help.requested");

        // The block holds over a reconnect.
        await members[0].DisposeAsync();
        await using var back = await evening.EnterAsync(evening.Members[0], World.A);
        Assert.Equal("muted", await back.RefusedAsync("Post", new { id = "3", text = "but" }));
        Assert.Contains("participant.muted", back.Kinds(back.Own));
        await lead.CallAsync("Unmute", new { participantId = who, chat = true });
        await back.PostAsync("thank you");
        var muted = back.Of(back.Own).Single(e => e.GetProperty("kind").GetString() == "participant.muted").GetProperty("data");
        Assert.True(muted.GetProperty("chat").GetBoolean());
        Assert.False(muted.TryGetProperty("audio", out _));
    }

    [Fact]
    public async Task Calls_for_help_reach_staff_three_times_a_minute_and_more_are_answered_and_merged()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(1);
        for (var n = 1; n <= 6; n++)
        {
            await members[0].CallAsync("RequestHelp", new { text = n <= 3 ? $"{n}" : null });
        }

        Assert.Equal("too-fast", await members[0].RefusedAsync("RequestHelp", new { text = "words that must not be lost" }));
        await members[0].CallAsync("RaiseHand");
        await lead.SeesAsync("room", "hand.raised");
        await CalledAsync(3);
        World.Clock.Advance(TimeSpan.FromSeconds(20));
        await members[0].CallAsync("RequestHelp", new { text = "again" });
        await CalledAsync(4);

        Task CalledAsync(int times) =>
            Eventually.Async(() => lead.Kinds("staff").Count(kind => kind == "help.requested") == times, () => $"staff were not called {times} times");
    }

    [Fact]
    public async Task A_locked_room_takes_no_newcomer_and_each_participant_who_was_in()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(1);
        var late = await evening.MemberAsync();
        var ticket = await evening.TicketAsync(late);
        await lead.CallAsync("Lock");
        await members[0].SeesAsync("room", "room.locked");
        Assert.Equal((409, "room-locked"), await evening.RefusedAsync(late));
        await using var early = await evening.ConnectAsync(late);
        Assert.Equal("room-locked", await early.RefusedAsync("Enter", new { ticket }));
        await using var back = await evening.EnterAsync(evening.Members[0]);
        Assert.Equal("in", back.Entered.GetProperty("state").GetString());
        await lead.CallAsync("Unlock");
        await early.EnterAsync(ticket);
        Assert.Equal("waiting", early.Entered.GetProperty("state").GetString());
    }

    [Fact]
    public async Task Hands_go_up_once_and_down_by_their_owner_or_staff()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(1);
        await members[0].CallAsync("RaiseHand");
        await members[0].CallAsync("RaiseHand");
        await lead.CallAsync("LowerHand", new { participantId = members[0].ParticipantId });
        await members[0].CallAsync("LowerHand", new { });
        await lead.PostAsync("so");
        await lead.ReadsAsync("room", "so");
        Assert.Equal(["hand.raised", "hand.lowered"], lead.Kinds("room").Where(k => k!.StartsWith("hand.", StringComparison.Ordinal)));
        Assert.Equal("not-found", await lead.RefusedAsync("LowerHand", new { participantId = Guid.CreateVersion7() }));
    }

    [Fact]
    public async Task Staff_are_not_moderated_and_an_unknown_participant_is_not_found()
    {
        var evening = await World.EveningAsync();
        var (lead, _) = await evening.LiveAsync(1);
        await using var co = await evening.EnterAsync(evening.Co, World.B);
        Assert.Equal("co_facilitator", co.Entered.GetProperty("role").GetString());
        Assert.Equal("not-allowed", await co.RefusedAsync("Remove", new { participantId = lead.ParticipantId, reason = "mine now" }));
        Assert.Equal("not-allowed", await lead.RefusedAsync("Mute", new { participantId = co.ParticipantId, chat = true }));
        Assert.Equal("not-found", await lead.RefusedAsync("Remove", new { participantId = Guid.CreateVersion7(), reason = "who" }));
        Assert.Equal("not-found", await lead.RefusedAsync("Admit", new { participantId = Guid.CreateVersion7() }));
        Assert.Equal("bad-request", await lead.RefusedAsync("Remove", new { participantId = co.ParticipantId, reason = "" }));
        Assert.Equal("bad-request", await lead.RefusedAsync("End", new { reason = new string('x', 201) }));
    }

    [Fact]
    public async Task The_sessions_facilitators_alone_read_the_log_afterwards()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(1);
        await members[0].PostAsync("for the record");
        await lead.CallAsync("End", new { reason = "done" });
        using var http = World.B.As(evening.Lead, "facilitator");
        var page = JsonDocument.Parse(await http.GetStringAsync($"/api/sessions/{evening.Session}/events?stream=room&after=2&limit=2")).RootElement;
        Assert.Equal([3L, 4L], page.GetProperty("items").EnumerateArray().Select(e => e.GetProperty("seq").GetInt64()));
        var rest = JsonDocument
            .Parse(await http.GetStringAsync($"/api/sessions/{evening.Session}/events?stream=room&cursor={page.GetProperty("nextCursor").GetString()}"))
            .RootElement;
        Assert.Contains(
            page.GetProperty("items").EnumerateArray().Concat(rest.GetProperty("items").EnumerateArray()),
            e => e.GetProperty("data").TryGetProperty("text", out var t) && t.GetString() == "for the record"
        );
        Assert.Equal(JsonValueKind.Null, rest.GetProperty("nextCursor").ValueKind);

        foreach (
            var (account, role, operatorsMay) in new[]
            {
                (Guid.CreateVersion7(), "facilitator", false),
                (Guid.CreateVersion7(), "operator", true),
                (evening.Members[0], "member", false),
            }
        )
        {
            using var other = World.A.As(account, role);
            foreach (var (what, may) in new[] { ("events", false), ("room", operatorsMay), ("attendance", operatorsMay) })
            {
                var status = (int)(await other.GetAsync($"/api/sessions/{evening.Session}/{what}")).StatusCode;
                Assert.True(may ? status == 200 : status is 403 or 404, $"{role} got {status} for {what}");
            }
        }

        using var foreign = World.A.As(Guid.CreateVersion7(), ["operator"], ["chicago"]);
        Assert.Equal(404, (int)(await foreign.GetAsync($"/api/sessions/{evening.Session}/room")).StatusCode);

        // Retention over: the key is gone, and what was written with it.
        World.Clock.Advance(TimeSpan.FromDays(31));
        await Eventually.Async(
            async () => await World.ReadAsync<bool>("select wrapped_key is null from sessions where session_id = @id", new { id = evening.Session }),
            () => "the key was not destroyed"
        );
        using var later = World.B.As(evening.Lead, "facilitator");
        Assert.Equal(404, (int)(await later.GetAsync($"/api/sessions/{evening.Session}/events?stream=room")).StatusCode);
        Assert.Equal(200, (int)(await later.GetAsync($"/api/sessions/{evening.Session}/attendance")).StatusCode);
    }

    [Fact]
    public async Task The_state_of_a_room_holds_no_text()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(1);
        await members[0].PostAsync("not for operators");
        using var http = World.B.As(Guid.CreateVersion7(), "operator");
        var text = await http.GetStringAsync($"/api/sessions/{evening.Session}/room");
        Assert.DoesNotContain("not for operators", text, StringComparison.Ordinal);
        var state = JsonDocument.Parse(text).RootElement;
        Assert.Equal("live", state.GetProperty("phase").GetString());
        var member = state.GetProperty("participants").EnumerateArray().Single(p => p.GetProperty("participantId").GetGuid() == members[0].ParticipantId);
        Assert.Equal(
            ("in", true, "US-FL"),
            (member.GetProperty("state").GetString(), member.GetProperty("connected").GetBoolean(), member.GetProperty("place").GetString())
        );
        Assert.NotNull(lead);
    }

    private Task<long> CountAsync(Evening evening) =>
        World.ReadAsync<long>("select count(*) from room_events where session_id = @id", new { id = evening.Session });
}
