using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Room.Consumers;
using GroupTherapy.Tests.Support;
using Xunit;

namespace GroupTherapy.Room.Tests;

public sealed class JoiningTests(TwoNodes nodes) : IClassFixture<TwoNodes>
{
    private static readonly object Florida = new { location = new { jurisdiction = "US-FL", address = "12 Palm Street" }, alone = true };
    private static readonly object Georgia = new { location = new { jurisdiction = "US-GA" } };

    private RoomWorld World => nodes.World;

    [Fact]
    public async Task An_enrolled_member_whose_permit_has_not_arrived_may_ask_again()
    {
        var evening = await World.EveningAsync();
        var member = Guid.CreateVersion7();
        await World.DeliverAsync<ExpectMemberWhenEnrollmentConfirmed, EnrollmentConfirmed>(
            new EnrollmentConfirmed(member, evening.Plan.GroupId, member, 3, World.Clock.GetUtcNow()));

        using var early = await evening.AskAsync(member);
        Assert.Equal((404, 1.0), ((int)early.StatusCode, early.Headers.RetryAfter!.Delta!.Value.TotalSeconds));

        await evening.PermitAsync(member, 1);
        await evening.TicketAsync(member);
        var later = await World.EveningAsync(startsIn: TimeSpan.FromDays(20));
        await World.DeliverAsync<ExpectMemberWhenEnrollmentConfirmed, EnrollmentConfirmed>(
            new EnrollmentConfirmed(Guid.CreateVersion7(), later.Plan.GroupId, member, 1, World.Clock.GetUtcNow()));
        Assert.Equal((409, "room-not-open"), await later.RefusedAsync(member));
        using var refused = await later.AskAsync(member);
        var opensAt = (await refused.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("opensAt").GetDateTimeOffset();
        Assert.Equal(later.Plan.StartsAt - TimeSpan.FromMinutes(15), opensAt);
    }

    [Fact]
    public async Task A_member_who_joins_before_the_message_about_their_seat_is_let_in_when_it_arrives()
    {
        var (evening, member) = (await World.EveningAsync(), Guid.CreateVersion7());

        var asked = evening.AskAsync(member);
        await evening.PermitAsync(member, 1);

        using var answer = await asked;
        Assert.Equal(200, (int)answer.StatusCode);
    }

    [Fact]
    public async Task A_member_does_not_take_the_name_of_a_facilitator_or_of_another_member()
    {
        var evening = await World.EveningAsync();
        await evening.EnterAsync(evening.Lead);
        var lead = (await World.Db.QueryAsync<string>(
            "select alias from participants where session_id = @Session and account_id = @Lead", new { evening.Session, evening.Lead }))[0];
        var (first, second) = (await evening.MemberAsync(), await evening.MemberAsync());

        Assert.Equal((400, "validation"),
            await evening.RefusedAsync(first, new { location = new { jurisdiction = "US-FL" }, alias = lead.ToUpperInvariant() }));
        Assert.Equal((400, "validation"), await evening.RefusedAsync(first, new { location = new { jurisdiction = "US-FL" }, alias = "Sam\u202e" }));
        var one = await evening.EnterAsync(first, body: new { location = new { jurisdiction = "US-FL" }, alias = "Sam" });
        var other = await evening.EnterAsync(second, body: new { location = new { jurisdiction = "US-FL" }, alias = "sam" });
        var names = await World.Db.QueryAsync<string>(
            "select alias from participants where session_id = @Session and role = 'member' order by alias", new { evening.Session });
        Assert.Equal(["Sam", "sam 2"], names.Order(StringComparer.OrdinalIgnoreCase));
        Assert.NotEqual(one, other);
    }

    [Fact]
    public async Task A_member_who_begins_with_a_later_session_is_told_so_and_is_no_no_show_before()
    {
        var evening = await World.EveningAsync();
        var (before, later) = (await evening.MemberAsync(), await evening.MemberAsync());
        var now = World.Clock.GetUtcNow();
        await ConfirmAsync(before, now.AddDays(-3));
        await ConfirmAsync(later, now);
        var plan = evening.Plan with { Version = 2, AdmitsNew = false };
        await PlanAsync(plan);
        await PlanAsync(plan with { SessionId = Guid.CreateVersion7(), StartsAt = now.AddDays(-2), EndsAt = now.AddDays(-2).AddHours(1), AdmitsNew = true });
        var next = plan with { SessionId = Guid.CreateVersion7(), StartsAt = now.AddDays(7), EndsAt = now.AddDays(7).AddHours(1), AdmitsNew = true };
        await PlanAsync(next);

        Assert.Equal((409, "begins-later"), await evening.RefusedAsync(later));
        await (await evening.EnterAsync(before)).DisposeAsync();
        await World.DeliverAsync<CancelRoomWhenSessionCancelled, SessionCancelled>(new(plan with { Version = 3, Cancelled = true }, now));
        Assert.Equal([before], await World.Db.QueryAsync<Guid>(
            "select account_id from participants where session_id = @Session and role = 'member'", new { evening.Session }));

        // No coming session admits new members: the member joins this one.
        var last = await World.EveningAsync();
        await World.DeliverAsync<ExpectMemberWhenEnrollmentConfirmed, EnrollmentConfirmed>(
            new(Guid.CreateVersion7(), last.Plan.GroupId, await last.MemberAsync(), 1, now));
        await PlanAsync(last.Plan with { Version = 2, AdmitsNew = false });
        await last.TicketAsync(last.Members[0]);

        Task PlanAsync(SessionSnapshot session) => World.DeliverAsync<PlanRoomWhenSessionScheduled, SessionScheduled>(new(session, now));
        Task ConfirmAsync(Guid member, DateTimeOffset at) => World.DeliverAsync<ExpectMemberWhenEnrollmentConfirmed, EnrollmentConfirmed>(
            new(member, evening.Plan.GroupId, member, 1, at));
    }

    [Fact]
    public async Task Every_refusal_has_its_code()
    {
        var evening = await World.EveningAsync(capacity: 1);
        var (first, second) = (await evening.MemberAsync(), await evening.MemberAsync());
        Assert.Equal((403, "not-enrolled"), await evening.RefusedAsync(Guid.CreateVersion7()));
        Assert.Equal((403, "not-enrolled"), await evening.RefusedAsync(Guid.CreateVersion7(), roles: ["operator"]));
        Assert.Equal((403, "not-enrolled"), await evening.RefusedAsync(Guid.CreateVersion7(), roles: ["facilitator"]));
        Assert.Equal((400, "validation"), await evening.RefusedAsync(first, new { location = new { jurisdiction = "FL" } }));
        Assert.Equal((400, "validation"), await evening.RefusedAsync(first, new { location = new { jurisdiction = "us-fl" } }));
        Assert.Equal((400, "validation"), await evening.RefusedAsync(first, new { location = new { jurisdiction = "US-ZZ" } }));
        Assert.Equal((400, "validation"), await evening.RefusedAsync(first, new { location = new { jurisdiction = "US-FL" }, alias = new string('a', 41) }));
        Assert.Equal((400, "validation"), await evening.RefusedAsync(first, new { location = new { jurisdiction = "US-FL" }, alias = "a\nb" }));
        Assert.Equal((400, "validation"), await evening.RefusedAsync(first, new { location = new { jurisdiction = "US-FL" }, alias = "" }));
        Assert.Equal((400, "validation"), await evening.RefusedAsync(first, new { location = new { jurisdiction = "US-FL", city = "Tampa" } }));

        await using (await evening.EnterAsync(first))
        {
            Assert.Equal((409, "room-full"), await evening.RefusedAsync(second));
            await evening.TicketAsync(evening.Lead);
            await evening.TicketAsync(evening.Co);
        }

        var later = await World.EveningAsync(startsIn: TimeSpan.FromHours(2));
        Assert.Equal((409, "room-not-open"), await later.RefusedAsync(await later.MemberAsync()));
        Assert.Equal((409, "room-not-open"), await later.RefusedAsync(later.Lead));

        using var http = World.A.As(first, "member");
        var unknown = await http.PostAsJsonAsync($"/api/sessions/{Guid.CreateVersion7()}/join", Florida);
        Assert.Equal((404, 1.0), ((int)unknown.StatusCode, unknown.Headers.RetryAfter!.Delta!.Value.TotalSeconds));
        using var nobody = World.A.Anonymous();
        Assert.Equal(401, (int)(await nobody.PostAsJsonAsync($"/api/sessions/{evening.Session}/join", Florida)).StatusCode);
    }

    [Fact]
    public async Task A_denial_carries_the_whole_decision_and_leaves_its_record()
    {
        var evening = await World.EveningAsync();
        var member = await evening.MemberAsync();
        var answer = await evening.AskAsync(member, Georgia);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal((403, "not-eligible"), ((int)answer.StatusCode, problem.GetProperty("code").GetString()));
        var decision = problem.GetProperty("decision");
        Assert.Equal("deny", decision.GetProperty("outcome").GetString());
        var reason = Assert.Single(decision.GetProperty("reasons").EnumerateArray());
        Assert.Equal(("LOCATION_NOT_AUTHORISED", "US-GA", "Nobody here may treat you in Georgia.", "Law 2"),
            (reason.GetProperty("code").GetString(), reason.GetProperty("jurisdiction").GetString(), reason.GetProperty("text").GetString(),
                reason.GetProperty("citation").GetString()));
        Assert.Equal("skills_education", decision.GetProperty("alternatives")[0].GetString());
        Assert.Equal(1, decision.GetProperty("ruleSet").GetProperty("version").GetInt32());
        foreach (var field in new[] { "id", "conditions", "alternativeGroups", "nextRecheckAt", "engine" })
        {
            Assert.True(decision.TryGetProperty(field, out _), $"the decision has no {field}");
        }

        var id = decision.GetProperty("id").GetString();
        Assert.Equal("join US-GA deny LOCATION_NOT_AUTHORISED", await World.ReadAsync<string>(
            "select concat_ws(' ', point, jurisdiction, outcome, reason_codes) from join_decisions where decision_id = @id::uuid", new { id }));
        Assert.Equal(1, await World.ReadAsync<long>("select count(*) from outbox where urn like '%join-decided%' and body->>'decisionId' = @id", new { id }));
        Assert.Equal(1, await World.ReadAsync<long>("select count(*) from audit_entries where act = 'join.refused' and subject = @member", new { member }));

        await using var lead = await evening.EnterAsync(evening.Lead);
        await lead.CallAsync("Open");
        await lead.CallAsync("End", new { reason = "short" });
        using var http = World.A.As(evening.Lead, "facilitator");
        var attendance = await http.GetFromJsonAsync<JsonElement>($"/api/sessions/{evening.Session}/attendance");
        Assert.Equal("refused_for_place", Assert.Single(attendance.GetProperty("items").EnumerateArray()).GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_hold_at_join_is_refused_and_told_to_staff()
    {
        var evening = await World.EveningAsync();
        await using var lead = await evening.EnterAsync(evening.Lead, World.B);
        var member = await evening.MemberAsync();
        var problem = await (await evening.AskAsync(member, new { location = new { jurisdiction = "US-NJ" } })).Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("hold", problem.GetProperty("decision").GetProperty("outcome").GetString());
        await lead.SeesAsync("staff", "eligibility.held");
    }

    [Fact]
    public async Task The_place_may_be_left_out_for_ten_minutes_after_being_present_and_no_longer()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(1);
        var account = evening.Members[0];
        Assert.Equal((403, "not-eligible"), await evening.RefusedAsync(await evening.MemberAsync(), new { }));

        World.Clock.Advance(TimeSpan.FromMinutes(20));
        await Eventually.Async(async () => await PhaseAsync(evening) == "live", () => "the room did not stay live");
        var answer = await (await evening.AskAsync(account, new { }, World.B)).Content.ReadFromJsonAsync<JsonElement>();
        Assert.Contains(answer.GetProperty("decision").GetProperty("reasons").EnumerateArray(), r =>
            r.GetProperty("code").GetString() == "REJOIN_WITHIN_GRACE");

        await members[0].CallAsync("Leave");
        await lead.SeesAsync("room", "participant.left");
        World.Clock.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal(200, (int)(await evening.AskAsync(account, new { })).StatusCode);
        World.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal((403, "not-eligible"), await evening.RefusedAsync(account, new { }));
        Assert.Equal(200, (int)(await evening.AskAsync(account, Florida)).StatusCode);
    }

    [Fact]
    public async Task A_member_who_was_refused_for_a_location_cannot_come_back_by_leaving_it_out()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(1);
        var account = evening.Members[0];
        await members[0].CallAsync("Leave");
        await lead.SeesAsync("room", "participant.left");
        Assert.Equal(200, (int)(await evening.AskAsync(account, new { })).StatusCode);

        Assert.Equal((403, "not-eligible"), await evening.RefusedAsync(account, new { location = new { jurisdiction = "FOREIGN" } }));
        Assert.Equal((403, "not-eligible"), await evening.RefusedAsync(account, new { }));
        Assert.Equal((403, "not-eligible"), await evening.RefusedAsync(account, new { }, World.B));
        Assert.Equal(200, (int)(await evening.AskAsync(account, Florida)).StatusCode);
        Assert.Equal(200, (int)(await evening.AskAsync(account, new { })).StatusCode);
    }

    [Theory]
    [InlineData("{\"location\":{}}")]
    [InlineData("{\"location\":{\"jurisdiction\":null}}")]
    [InlineData("{\"location\":{\"jurisdiction\":\"\"}}")]
    public async Task A_place_that_says_nothing_is_a_mistake(string body)
    {
        var evening = await World.EveningAsync();
        using var http = World.A.As(await evening.MemberAsync(), "member");
        var answer = await http.PostAsync($"/api/sessions/{evening.Session}/join", new StringContent(body, Encoding.UTF8, "application/json"));
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Contains("location.jurisdiction", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_body_at_all_is_a_join_without_a_place()
    {
        var evening = await World.EveningAsync();
        using var http = World.A.As(evening.Lead, "facilitator");
        Assert.Equal(200, (int)(await http.PostAsync($"/api/sessions/{evening.Session}/join", null)).StatusCode);
        Assert.Equal(200, (int)(await http.PostAsync($"/api/sessions/{evening.Session}/join", new StringContent("{}", Encoding.UTF8, "application/json")))
            .StatusCode);
        Assert.Equal(400, (int)(await http.PostAsync($"/api/sessions/{evening.Session}/join", new StringContent("{", Encoding.UTF8, "application/json")))
            .StatusCode);
    }

    [Fact]
    public async Task A_permit_row_whose_time_is_over_admits_no_member()
    {
        var evening = await World.EveningAsync();
        var member = Guid.CreateVersion7();
        await evening.PermitAsync(member, 1, until: World.Clock.GetUtcNow().AddSeconds(-1));
        var problem = await (await evening.AskAsync(member)).Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(("hold", "DEGRADED_LAST_DECISION"), (problem.GetProperty("decision").GetProperty("outcome").GetString(), problem.GetProperty("decision")
            .GetProperty("reasons")[0].GetProperty("code").GetString()));
    }

    [Fact]
    public async Task H20_A_ticket_is_spent_once_by_its_owner_within_its_minute()
    {
        var evening = await World.EveningAsync();
        var (owner, thief) = (await evening.MemberAsync(), await evening.MemberAsync());
        await using var present = await evening.EnterAsync(owner, World.B);
        var ticket = await evening.TicketAsync(owner);
        await using var attacker = await evening.ConnectAsync(thief, World.B);
        Assert.Equal("ticket-invalid", await attacker.RefusedAsync("Enter", new { ticket }));
        Assert.Equal("ticket-invalid", await attacker.RefusedAsync("Enter", new { ticket = "nonsense" }));
        Assert.Null(present.EndedReason);

        // The attempt did not spend it.
        await using var tab = await evening.ConnectAsync(owner);
        await tab.EnterAsync(ticket);
        Assert.Equal("bad-request", await tab.RefusedAsync("Enter", new { ticket }));
        await using var again = await evening.ConnectAsync(owner);
        Assert.Equal("ticket-invalid", await again.RefusedAsync("Enter", new { ticket }));

        var late = await evening.TicketAsync(owner);
        World.Clock.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal("ticket-invalid", await again.RefusedAsync("Enter", new { ticket = late }));
        Assert.Equal("bad-request", await again.RefusedAsync("Enter", new { ticket = late, cursors = new { room = -1 } }));
    }

    [Fact]
    public async Task Names_are_kept_for_the_session_and_say_nothing_unless_chosen()
    {
        var evening = await World.EveningAsync();
        await World.DeliverAsync<NameFacilitatorWhenCredentialChanged, Contracts.Enrollment.V1.FacilitatorCredentialChanged>(
            new(evening.Lead, "Ana Ruiz, LMHC", "counselor", ["grouport"], [], 1, World.Clock.GetUtcNow()));
        await using var lead = await evening.EnterAsync(evening.Lead);
        Assert.Contains(lead.Entered.GetProperty("participants").EnumerateArray(), p => p.GetProperty("alias").GetString() == "Ana Ruiz, LMHC");
        var (a, b) = (await evening.MemberAsync(), await evening.MemberAsync());
        await using var first = await evening.EnterAsync(a, body: new { location = new { jurisdiction = "US-FL" }, alias = "Blue Heron" });
        await using var second = await evening.EnterAsync(b);
        await using var renamed = await evening.EnterAsync(a, body: new { location = new { jurisdiction = "US-FL" }, alias = "Other" });
        Assert.Equal("Blue Heron", renamed.Entered.GetProperty("participants")[0].GetProperty("alias").GetString());
        Assert.Equal("Member 1", second.Entered.GetProperty("participants")[0].GetProperty("alias").GetString());
    }

    [Fact]
    public async Task An_address_is_kept_sealed()
    {
        var evening = await World.EveningAsync();
        var member = await evening.MemberAsync();
        Assert.Equal(200, (int)(await evening.AskAsync(member, Florida)).StatusCode);
        Assert.Equal("US-FL True", await World.ReadAsync<string>(
            "select jurisdiction || ' ' || initcap(alone::text) from participants where account_id = @member and attested_at is not null and address is not "
                + "null and encode(address, 'escape') not like '%Palm%'",
            new { member }));
    }

    private Task<string> PhaseAsync(Evening evening) =>
        World.ReadAsync<string>("select phase from sessions where session_id = @id", new { id = evening.Session });
}
