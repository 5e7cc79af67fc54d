using System.Net.Http.Json;
using System.Text.Json;
using GroupTherapy.Platform.Data;
using GroupTherapy.Tests.Support;
using Xunit;

namespace GroupTherapy.Room.Tests;

/// <summary>A member in the room whose permit changes or ends, with and without a crisis.</summary>
public sealed class EligibilityTests(TwoNodes nodes) : IClassFixture<TwoNodes>
{
    private RoomWorld World => nodes.World;

    [Fact]
    public async Task A_member_who_loses_eligibility_reads_why_is_out_of_the_room_at_once_and_may_still_call_for_help()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(2);
        await evening.PermitAsync(evening.Members[0], 2, florida: "deny");
        await members[0].SeesAsync(members[0].Own, "eligibility.ended");
        await lead.PostAsync("not for who had to go");
        await members[1].ReadsAsync("room", "not for who had to go");
        await members[0].CallAsync("RequestHelp", new { text = "what do I do now?" });
        Assert.Equal("not-allowed", await members[0].RefusedAsync("Post", new { id = "1", text = "but" }));
        await members[0].IsEndedAsync("eligibility-lost");
        Assert.True(members[0].EndedTerminal);

        var told = members[0].Of(members[0].Own).Single(e => e.GetProperty("kind").GetString() == "eligibility.ended").GetProperty("data");
        Assert.Contains("You did nothing wrong", told.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Equal("988", told.GetProperty("crisisLines")[0].GetProperty("phone").GetString());
        Assert.Equal("LOCATION_NOT_AUTHORISED", told.GetProperty("reasons")[0].GetProperty("code").GetString());
        Assert.DoesNotContain("not for who had to go", members[0].Wire, StringComparison.Ordinal);
        await members[1].SeesAsync("room", "participant.left");
        await lead.SeesAsync("staff", "eligibility.held");
        await lead.SeesAsync("staff", "help.requested");
        Assert.DoesNotContain("eligibility", members[1].Wire, StringComparison.Ordinal);
        Assert.Equal(["allow/join", "deny/recheck"], await DecisionsAsync(evening, members[0]));

        // Corrected, they come back to where they were.
        await evening.PermitAsync(evening.Members[0], 3);
        await using var back = await evening.EnterAsync(evening.Members[0], World.A, body: new { });
        Assert.Equal("in", back.Entered.GetProperty("state").GetString());
        await lead.PostAsync("welcome back");
        await back.ReadsAsync("room", "welcome back");
    }

    [Fact]
    public async Task A_known_end_is_announced_five_minutes_and_one_minute_before_once_and_then_takes_effect()
    {
        var evening = await World.EveningAsync();
        var (lead, _) = await evening.LiveAsync(0);
        var member = Guid.CreateVersion7();
        var until = World.Clock.GetUtcNow().AddMinutes(10);
        await evening.PermitAsync(member, 1, until: until);
        await using var client = await evening.EnterAsync(member, World.B);
        await lead.CallAsync("AdmitAll");
        await client.PostAsync("hello");
        World.Clock.Advance(TimeSpan.FromMinutes(5.5));
        await client.SeesAsync(client.Own, "eligibility.ending");
        await using var tab = await evening.EnterAsync(member, World.A, body: new { });
        await evening.PermitAsync(member, 2, until: until);
        World.Clock.Advance(TimeSpan.FromMinutes(4));
        await Eventually.Async(() => Warnings(client).Count == 2, () => $"{Warnings(client).Count} announcements came");
        World.Clock.Advance(TimeSpan.FromMinutes(1));
        await client.SeesAsync(client.Own, "eligibility.ended");
        await client.IsEndedAsync("eligibility-lost");
        await tab.IsEndedAsync("eligibility-lost");
        Assert.Equal(2, Warnings(client).Count);
        Assert.All(
            Warnings(client),
            w =>
                Assert.Equal(
                    ("RECHECK_EXPIRED_MID_SESSION", true),
                    (
                        w.GetProperty("reasons")[0].GetProperty("code").GetString(),
                        w.GetProperty("until").GetDateTimeOffset() == until.AddTicks(-(until.Ticks % 10))
                    )
                )
        );
        await Eventually.Async(() => lead.Kinds("staff").Count(k => k == "eligibility.held") == 3, () => "staff were not told three times");
        Assert.Equal(["allow/join", "allow/rejoin", "hold/recheck"], await DecisionsAsync(evening, client));
        Assert.Equal(0, await World.ReadAsync<long>("select count(*) from due_work where key like @id || '/permit%'", new { id = evening.Session.ToString() }));

        static List<JsonElement> Warnings(RoomClient c) =>
            [.. c.Of(c.Own).Where(e => e.GetProperty("kind").GetString() == "eligibility.ending").Select(e => e.GetProperty("data"))];
    }

    [Fact]
    public async Task An_end_that_moved_away_is_not_announced()
    {
        var evening = await World.EveningAsync();
        var (lead, _) = await evening.LiveAsync(0);
        var member = Guid.CreateVersion7();
        await evening.PermitAsync(member, 1, until: World.Clock.GetUtcNow().AddMinutes(10));
        await using var client = await evening.EnterAsync(member, World.B);
        await lead.CallAsync("AdmitAll");
        await evening.PermitAsync(member, 2);
        World.Clock.Advance(TimeSpan.FromMinutes(20));
        await client.PostAsync("still here");
        await lead.ReadsAsync("room", "still here");
        Assert.DoesNotContain("eligibility.ending", client.Kinds(client.Own));
        Assert.Equal(0, await World.ReadAsync<long>("select count(*) from due_work where key like @id || '/permit%'", new { id = evening.Session.ToString() }));
    }

    [Fact]
    public async Task In_an_open_crisis_no_member_is_sent_away_and_a_handover_is_recorded()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(2);
        var who = members[0].ParticipantId;
        Assert.Equal("not-allowed", await members[1].RefusedAsync("Crisis", new { participantId = who, open = true }));
        Assert.Equal("not-found", await lead.RefusedAsync("Crisis", new { participantId = Guid.CreateVersion7(), open = true }));
        Assert.Equal("not-allowed", await lead.RefusedAsync("Crisis", new { participantId = lead.ParticipantId, open = true }));
        await lead.CallAsync(
            "Crisis",
            new
            {
                participantId = who,
                open = true,
                note = "speaks of ending it",
            }
        );
        await lead.CallAsync("Crisis", new { participantId = who, open = true });
        await evening.PermitAsync(evening.Members[0], 2, florida: "deny", node: 1);
        await lead.SeesAsync("staff", "handover.needed");
        await evening.PermitAsync(evening.Members[0], 3, florida: "deny");
        await members[0].PostAsync("I am here");
        await lead.ReadsAsync("room", "I am here");
        Assert.Equal(["allow/join", "allow_with_conditions/recheck"], await DecisionsAsync(evening, members[0]));

        // Rejoining too, and from a place that would be refused; even with the enrolment's permit withdrawn.
        await members[0].DisposeAsync();
        var answer = await evening.AskAsync(evening.Members[0], new { location = new { jurisdiction = "US-GA" } });
        var decision = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("decision");
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Equal("allow_with_conditions", decision.GetProperty("outcome").GetString());
        Assert.Equal(["no_therapy_content", "handover"], decision.GetProperty("conditions").EnumerateArray().Select(c => c.GetString()));
        Assert.Equal(
            ["LOCATION_NOT_AUTHORISED", "CRISIS_NEVER_DISCONNECT"],
            decision.GetProperty("reasons").EnumerateArray().Select(r => r.GetProperty("code").GetString())
        );
        await evening.PermitAsync(evening.Members[0], 4, withdrawn: true);
        await using var back = await evening.EnterAsync(evening.Members[0], World.A, body: new { });
        await back.PostAsync("back again");
        Assert.Equal("in", back.Entered.GetProperty("state").GetString());

        Assert.Equal(1, lead.Kinds("staff").Count(k => k == "handover.needed"));
        Assert.DoesNotContain("eligibility.ended", back.Kinds(back.Own));
        Assert.DoesNotContain("crisis.changed", members[1].Wire + back.Wire, StringComparison.Ordinal);
        Assert.Equal(
            [(true, 1L)],
            await World.Db.QueryAsync<(bool, long)>(
                """
                select (body->>'open')::boolean, (body->>'version')::bigint from outbox
                where urn like '%crisis-changed%' and body->>'sessionId' = @id order by id
                """,
                new { id = evening.Session.ToString() }
            )
        );
        Assert.Equal(
            1,
            await World.ReadAsync<long>("select count(*) from moderation_notes where session_id = @id and act = 'crisis.noted'", new { id = evening.Session })
        );
        Assert.Equal(0, await World.ReadAsync<long>("select count(*) from outbox where body::text like '%ending it%'"));
        Assert.Equal(
            "true",
            await World.ReadAsync<string>(
                "select body->>'crisis' from outbox where urn like '%join-decided%' and body->>'sessionId' = @id and body->>'point' = 'recheck' order by id "
                    + "limit 1",
                new { id = evening.Session.ToString() }
            )
        );

        // Closed, the usual rule applies at once.
        await lead.CallAsync("Crisis", new { participantId = who, open = false });
        await back.SeesAsync(back.Own, "eligibility.ended");
        await back.IsEndedAsync("eligibility-lost");
    }

    [Fact]
    public async Task A_crisis_outlasts_the_permits_instant()
    {
        var evening = await World.EveningAsync();
        var (lead, _) = await evening.LiveAsync(0);
        var member = Guid.CreateVersion7();
        await evening.PermitAsync(member, 1, until: World.Clock.GetUtcNow().AddMinutes(3));
        await using var client = await evening.EnterAsync(member, World.B);
        await lead.CallAsync("AdmitAll");
        await client.SeesAsync("room", "participant.joined");
        await lead.CallAsync("Crisis", new { participantId = client.ParticipantId, open = true });
        World.Clock.Advance(TimeSpan.FromMinutes(4));
        await lead.SeesAsync("staff", "handover.needed");
        await client.PostAsync("not alone", "facilitators");
        Assert.Equal("allow_with_conditions/recheck", (await DecisionsAsync(evening, client))[^1]);
        Assert.Null(client.EndedReason);
    }

    private async Task<IReadOnlyList<string>> DecisionsAsync(Evening evening, RoomClient who) =>
        await World.Db.QueryAsync<string>(
            "select outcome || '/' || point from join_decisions where session_id = @id and participant_id = @p order by at, decision_id",
            new { id = evening.Session, p = who.ParticipantId }
        );
}
