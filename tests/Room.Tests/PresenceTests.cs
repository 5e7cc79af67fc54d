using GroupTherapy.Contracts.Identity.V1;
using GroupTherapy.Room.Consumers;
using GroupTherapy.Tests.Support;
using Xunit;

namespace GroupTherapy.Room.Tests;

public sealed class PresenceTests(TwoNodes nodes) : IClassFixture<TwoNodes>
{
    private RoomWorld World => nodes.World;

    [Fact]
    public async Task H23_Two_tabs_are_one_presence_and_leaving_one_is_not_leaving()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(1);
        await using var tab = await evening.EnterAsync(evening.Members[0], World.A);
        Assert.Equal(2, tab.Entered.GetProperty("participants").GetArrayLength());
        await tab.CallAsync("Leave");
        Assert.Equal("not-admitted", await tab.RefusedAsync("Post", new { id = "1", text = "from a tab that left" }));
        await members[0].PostAsync("still here");
        await lead.ReadsAsync("room", "still here");
        Assert.DoesNotContain("participant.left", lead.Kinds("room"));
        Assert.Equal(1, lead.Kinds("room").Count(k => k == "participant.joined") - 1);
        Assert.DoesNotContain("still here", tab.Wire, StringComparison.Ordinal);

        // The tab that left may come in again by another ticket.
        await tab.EnterAsync(await evening.TicketAsync(evening.Members[0], new { }));
        await lead.PostAsync("and again");
        await tab.ReadsAsync("room", "and again");
        await members[0].CallAsync("Leave");
        await tab.CallAsync("Leave");
        await lead.SeesAsync("room", "participant.left");
    }

    [Fact]
    public async Task A_person_has_left_15_s_after_the_last_connection_is_gone_unless_they_come_back()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(2);
        members[0].Abort();
        members[1].Abort();
        await Eventually.Async(
            async () => await World.ReadAsync<long>(
                "select count(*) from due_work where key like @id || '/leave/%'", new { id = evening.Session.ToString() }) == 2,
            () => "the loss of the connections was not noted");
        await using var back = await evening.EnterAsync(evening.Members[0], World.B, body: new { });
        World.Clock.Advance(TimeSpan.FromSeconds(16));
        await lead.SeesAsync("room", "participant.left");
        var left = lead.Of("room").Where(e => e.GetProperty("kind").GetString() == "participant.left")
            .Select(e => e.GetProperty("data").GetProperty("participantId").GetGuid());
        Assert.Equal([members[1].ParticipantId], left);
        Assert.Equal(1, await World.ReadAsync<long>(
            "select count(*) from outbox where urn like '%participant-left%' and body->>'participantId' = @p",
            new { p = members[1].ParticipantId.ToString() }));
    }

    [Fact]
    public async Task H22_A_fifth_connection_closes_the_oldest()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(1);
        var tabs = new List<RoomClient>();
        for (var n = 0; n < 4; n++)
        {
            tabs.Add(await evening.EnterAsync(evening.Members[0], World.Nodes[n % 2]));
        }

        await members[0].IsEndedAsync("replaced");
        Assert.True(members[0].EndedTerminal);
        await lead.PostAsync("to the four");
        foreach (var tab in tabs)
        {
            await tab.ReadsAsync("room", "to the four");
            Assert.Null(tab.EndedReason);
        }

        // Connections that never enter do not pile up either.
        var idle = new List<RoomClient>();
        for (var n = 0; n < 30; n++)
        {
            idle.Add(await evening.ConnectAsync(evening.Members[0]));
        }

        await Eventually.Async(() => idle.Count(c => !c.IsClosed) <= 16, () => $"{idle.Count(c => !c.IsClosed)} idle connections of one person are open");
        await lead.PostAsync("unmoved");
        await tabs[0].ReadsAsync("room", "unmoved");
        foreach (var client in idle.Concat(tabs))
        {
            await client.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_sign_out_closes_what_was_opened_under_it_on_every_node()
    {
        var evening = await World.EveningAsync();
        var (lead, _) = await evening.LiveAsync(0);
        var (member, phone, laptop) = (await evening.MemberAsync(), Guid.CreateVersion7(), Guid.CreateVersion7());
        await using var one = await evening.EnterAsync(member, World.B, signIn: phone);
        await using var other = await evening.EnterAsync(member, World.A, signIn: laptop);
        await World.DeliverAsync<CloseConnectionsWhenSessionRevoked, SessionRevoked>(new(phone, member, World.Clock.GetUtcNow()));
        await one.IsEndedAsync("signed-out");
        Assert.Null(other.EndedReason);
        Assert.Null(lead.EndedReason);

        var ticket = await evening.TicketAsync(member);
        await using var stale = await evening.ConnectAsync(member, signIn: phone);
        Assert.Equal("ticket-invalid", await stale.RefusedAsync("Enter", new { ticket }));
    }

    [Fact]
    public async Task H26_The_end_of_the_sign_in_closes_and_the_end_of_the_internal_token_does_not()
    {
        var evening = await World.EveningAsync();
        var (lead, _) = await evening.LiveAsync(0);
        await using var brief = await evening.EnterAsync(await evening.MemberAsync(), World.B, signInLasts: TimeSpan.FromMinutes(4));
        World.Clock.Advance(TimeSpan.FromMinutes(3));
        await lead.PostAsync("the token of the handshake is over by now");
        await lead.ReadsAsync("room", "the token of the handshake is over by now");
        Assert.Null(brief.EndedReason);
        World.Clock.Advance(TimeSpan.FromMinutes(1));
        await brief.IsEndedAsync("signed-out");
        Assert.Null(lead.EndedReason);
    }

    [Fact]
    public async Task H25_A_former_facilitator_leads_no_room()
    {
        var evening = await World.EveningAsync();
        var (lead, _) = await evening.LiveAsync(1);
        await using var co = await evening.EnterAsync(evening.Co, World.B);
        await World.DeliverAsync<CloseConnectionsWhenRolesChanged, RolesChanged>(new(evening.Co, ["member"], [], 2, World.Clock.GetUtcNow()));
        await co.IsEndedAsync("eligibility-lost");
        Assert.Equal((403, "not-enrolled"), await evening.RefusedAsync(evening.Co));
        await World.DeliverAsync<CloseConnectionsWhenRolesChanged, RolesChanged>(
            new(evening.Lead, ["member", "facilitator"], ["grouport"], 2, World.Clock.GetUtcNow()));
        await lead.PostAsync("still mine");
        Assert.Null(lead.EndedReason);
    }

    [Fact]
    public async Task A_facilitator_who_left_the_practice_leads_none_of_its_rooms_though_still_a_facilitator_elsewhere()
    {
        var evening = await World.EveningAsync();
        await evening.LiveAsync(1);
        await using var co = await evening.EnterAsync(evening.Co, World.B);
        await World.DeliverAsync<CloseConnectionsWhenRolesChanged, RolesChanged>(new(
            evening.Co, ["facilitator", "operator"], ["chicago", "grouport"], 2, World.Clock.GetUtcNow(),
            [new("chicago", ["facilitator"]), new("grouport", ["operator"])]));
        await co.IsEndedAsync("eligibility-lost");
        Assert.Equal((403, "not-enrolled"), await evening.RefusedAsync(evening.Co));
    }

    [Fact]
    public async Task A_permit_that_is_withdrawn_or_now_denies_closes_within_five_seconds_and_tells_staff()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(3);
        await evening.PermitAsync(evening.Members[0], 2, withdrawn: true, node: 1);
        await evening.PermitAsync(evening.Members[1], 2, florida: "deny");
        await evening.PermitAsync(evening.Members[2], 2);
        await members[0].IsEndedAsync("eligibility-lost");
        await members[1].IsEndedAsync("eligibility-lost");
        // It was not the place that the first one is in.
        Assert.Contains("your place in this group has ended", members[0].Wire, StringComparison.Ordinal);
        Assert.Contains("cannot be offered where you are", members[1].Wire, StringComparison.Ordinal);
        await lead.SeesAsync("staff", "eligibility.held");
        Assert.Equal((403, "not-enrolled"), await evening.RefusedAsync(evening.Members[0]));
        Assert.Equal((403, "not-eligible"), await evening.RefusedAsync(evening.Members[1], new { }));
        await members[2].PostAsync("I may stay");
        Assert.Null(members[2].EndedReason);

        // From where it allows, they may come again.
        Assert.Equal(200, (int)(await evening.AskAsync(evening.Members[1], new { location = new { jurisdiction = "US-NY" } })).StatusCode);
    }

    [Fact]
    public async Task A_permit_counts_until_its_instant_and_not_longer()
    {
        var evening = await World.EveningAsync();
        var (lead, _) = await evening.LiveAsync(0);
        var member = Guid.CreateVersion7();
        await evening.PermitAsync(member, 1, until: World.Clock.GetUtcNow().AddMinutes(2));
        await using var client = await evening.EnterAsync(member, World.B);
        await lead.CallAsync("AdmitAll");
        await client.PostAsync("in time");
        World.Clock.Advance(TimeSpan.FromMinutes(3));
        await client.IsEndedAsync("eligibility-lost");
        Assert.NotNull(lead);
    }
}
