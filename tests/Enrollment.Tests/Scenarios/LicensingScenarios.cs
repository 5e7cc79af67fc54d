using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Enrollment.Api;
using GroupTherapy.Enrollment.Consumers;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Enrollment.Workers;
using GroupTherapy.Tests.Support;
using static GroupTherapy.Enrollment.Tests.EnrollmentWorld;
using static GroupTherapy.Enrollment.Tests.Scenarios.Steps;

namespace GroupTherapy.Enrollment.Tests.Scenarios;

/// <summary>What takes more than one evaluation, told as it happens: people's requests, Scheduling's and Room's messages, the clock.</summary>
public sealed class LicensingScenarios
{
    [Fact]
    [Trait("hostile", "R08")]
    public async Task An_enrolled_member_who_moves_away_is_denied_from_that_day_and_offered_the_skills_group()
    {
        await using var world = await WorldAtAsync("2026-11-20T15:00:00Z");
        var skills = await world.GroupLedByAsync(await world.FacilitatorAsync("instructor", "grouport"), serviceClass: "skills_education");
        var group = await world.GroupLedByAsync(world.Ana);
        var (before, after) = (await world.SessionAtAsync(group, Instant("2026-11-22T00:00:00Z")),
            await world.SessionAtAsync(group, Instant("2026-11-25T00:00:00Z")));
        var eve = await world.SessionAtAsync(group, Instant("2026-11-23T05:30:00Z"));
        var nora = await world.SeatedAsync("NY", group);
        Assert.Equal("allow", (await world.PermitAsync(nora, after.SessionId)).Outcome("US-NY"));

        // From 11-23 on she lives in Texas: until then New York is her home, from then on no place lets her in.
        using var moved = await world.Operator.PostAsJsonAsync($"/api/members/{nora.Id}/residence",
            new { jurisdiction = "US-TX", from = "2026-11-23", evidence = "A lease." });
        Assert.Equal(HttpStatusCode.NoContent, moved.StatusCode);

        var permit = await world.PermitAsync(nora, after.SessionId, p => p.Outcome("US-NY") == "deny");
        Assert.Equal("deny", permit.Outcome("US-TX"));
        Assert.Contains("RESIDENCY_REQUIRED", permit.Codes("US-NY"));
        Assert.Contains("RESIDENCY_REQUIRED", permit.Codes("US-TX"));
        Assert.Contains("skills_education", permit.Row("US-TX")["alternatives"]!.AsArray().Select(a => (string)a!));
        var decision = await world.JoinsAsync(permit, "US-TX", after.StartsAt);
        Assert.True(await world.ReplaysAsync(decision));
        Assert.Equal(0, await world.AlarmsAsync(nora.Id));

        // The session before the move is hers, and so is the part before midnight of one that runs into it.
        Assert.Equal("allow", (await world.PermitAsync(nora, before.SessionId)).Outcome("US-NY"));
        var across = await world.PermitAsync(nora, eve.SessionId);
        Assert.Equal(("allow", Instant("2026-11-23T06:00:00Z")), (across.Outcome("US-NY"), across.Until("US-NY")!.Value));

        world.Clock.Advance(Instant("2026-11-23T15:00:00Z") - world.Clock.GetUtcNow());
        var look = await nora.Http.GetFromJsonAsync<JsonNode>($"/api/me/eligibility?groupId={group.GroupId}");
        Assert.Equal("deny", (string)look!["outcome"]!);
        Assert.Contains(look["alternativeGroups"]!.AsArray(), g => (Guid)g!["id"]! == skills.GroupId);

        // From that day on the seat is kept for the practice's grace days, and the door says so.
        var kept = await world.PermitAsync(nora, after.SessionId, p => p.Codes("US-TX").Contains("SEAT_GRACE"));
        Assert.Equal("deny", kept.Outcome("US-TX"));
        Assert.Equal("deny", kept.Outcome("US-NY"));
    }

    [Fact]
    public async Task Ben_stands_in_for_Ana_and_New_York_goes_on_while_Florida_and_New_Jersey_cannot()
    {
        await using var world = await WorldAtAsync("2026-11-20T15:00:00Z");
        var ben = await world.FacilitatorAsync("social_worker", "grouport", Licence("US-NY", "LCSW", "2028-01-31"));
        var group = await world.GroupLedByAsync(world.Ana);
        var session = await world.SessionAtAsync(group, Instant("2026-11-25T00:00:00Z"));
        var (maya, nora, joe) = (await world.SeatedAsync("FL", group), await world.SeatedAsync("NY", group), await world.SeatedAsync("NJ", group));
        foreach (var (member, place) in new[] { (maya, "US-FL"), (nora, "US-NY"), (joe, "US-NJ") })
        {
            Assert.Equal("allow", (await world.PermitAsync(member, session.SessionId)).Outcome(place));
        }

        await world.SubstituteAsync(session, ben);

        var florida = await world.PermitAsync(maya, session.SessionId, p => p.Outcome("US-FL") == "deny");
        var newJersey = await world.PermitAsync(joe, session.SessionId, p => p.Outcome("US-NJ") == "deny");
        Assert.Equal(["LOCATION_NOT_AUTHORISED", "SUBSTITUTE_NOT_AUTHORISED"], florida.CodesButGrace("US-FL"));
        Assert.Equal(["LOCATION_NOT_AUTHORISED", "SUBSTITUTE_NOT_AUTHORISED"], newJersey.CodesButGrace("US-NJ"));
        var newYork = await world.PermitAsync(nora, session.SessionId, p => (long)p["version"]! > 1);
        Assert.Equal("allow", newYork.Outcome("US-NY"));

        var (told, let) = (await world.JoinsAsync(florida, "US-FL", session.StartsAt), await world.JoinsAsync(newYork, "US-NY", session.StartsAt));
        Assert.Equal(["LOCATION_NOT_AUTHORISED", "SUBSTITUTE_NOT_AUTHORISED"], Codes((await world.DecisionAsync(told))["decision"]!));
        Assert.Equal("allow", (string)(await world.DecisionAsync(let))["decision"]!["outcome"]!);
        Assert.True(await world.ReplaysAsync(told) && await world.ReplaysAsync(let));
        Assert.Equal(0, await world.AlarmsAsync(maya.Id) + await world.AlarmsAsync(nora.Id));
    }

    [Fact]
    public async Task A_licence_that_ends_at_midnight_in_Trenton_lets_New_Jersey_in_until_then_and_the_others_go_on()
    {
        await using var world = await WorldAtAsync("2026-11-28T15:00:00Z");
        var ana = await world.FacilitatorAsync(
            "counselor", "grouport", Licence("US-FL", "LMHC", "2027-03-31"), Licence("US-NY", "LMHC", "2027-08-31"), Licence("US-NJ", "LPC", "2026-11-30"));
        var group = await world.GroupLedByAsync(ana);
        var session = await world.SessionAtAsync(group, Instant("2026-12-01T04:30:00Z"));
        var (maya, nora, joe) = (await world.SeatedAsync("FL", group), await world.SeatedAsync("NY", group), await world.SeatedAsync("NJ", group));
        var midnight = Instant("2026-12-01T05:00:00Z");

        var newJersey = await world.PermitAsync(joe, session.SessionId);
        Assert.Equal(("allow", midnight), (newJersey.Outcome("US-NJ"), newJersey.Until("US-NJ")!.Value));
        Assert.Equal(("allow", true), ((await world.PermitAsync(maya, session.SessionId)).Outcome("US-FL"), (await world.PermitAsync(maya, session.SessionId))
            .Until("US-FL") > session.EndsAt));
        Assert.Equal(("allow", true), ((await world.PermitAsync(nora, session.SessionId)).Outcome("US-NY"), (await world.PermitAsync(nora, session.SessionId))
            .Until("US-NY") > session.EndsAt));
        var joined = await world.JoinsAsync(newJersey, "US-NJ", Instant("2026-12-01T04:30:00Z"));
        Assert.Equal(midnight, Instant((string)(await world.DecisionAsync(joined))["decision"]!["nextRecheckAt"]!));

        // At midnight in Trenton the permit is another one by itself: nobody had to change anything.
        world.Clock.Advance(midnight - world.Clock.GetUtcNow());
        var over = await world.PermitAsync(joe, session.SessionId, p => p.Outcome("US-NJ") == "deny");
        Assert.Equal(["LOCATION_NOT_AUTHORISED", "LICENCE_EXPIRED"], over.CodesButGrace("US-NJ"));
        Assert.Equal("allow", (await world.PermitAsync(maya, session.SessionId)).Outcome("US-FL"));
        Assert.Equal("allow", (await world.PermitAsync(nora, session.SessionId)).Outcome("US-NY"));
        var recheck = await world.JoinsAsync(over, "US-NJ", midnight.AddSeconds(1), "recheck");
        Assert.Contains("RECHECK_EXPIRED_MID_SESSION", Codes((await world.DecisionAsync(recheck))["decision"]!));
        Assert.True(await world.ReplaysAsync(joined) && await world.ReplaysAsync(recheck));
        Assert.Equal(0, await world.AlarmsAsync(joe.Id));
    }

    [Fact]
    public async Task A_licences_last_midnight_is_that_of_its_own_capital_in_three_time_zones()
    {
        await using var world = await WorldAtAsync("2026-11-28T15:00:00Z");
        var cara = await world.FacilitatorAsync("psychologist", "chicago", Licence("US-FL", "PSY", "2026-11-30"), Licence("US-IL", "PSY", "2026-11-30"));

        // Her registration in Florida rests on a licence from Honolulu: it ends with that one's midnight.
        var dee = await world.FacilitatorAsync(
            "counselor", "chicago", Licence("US-HI", "LMHC", "2026-11-30"),
            new
            {
                kind = "telehealth_registration",
                jurisdiction = "US-FL",
                type = "TPP",
                status = "active",
                validFrom = "2024-01-01",
                validTo = "2028-03-31",
                encumbered = false
            });
        var (early, late) = (await world.GroupLedByAsync(cara, "chicago"), await world.GroupLedByAsync(dee, "chicago"));
        var (night, morning) = (await world.SessionAtAsync(early, Instant("2026-12-01T04:30:00Z"), 120),
            await world.SessionAtAsync(late, Instant("2026-12-01T09:30:00Z")));
        var (maya, mark) = (await world.SeatedAsync("FL", early), await world.SeatedAsync("FL", late));
        var (tallahassee, springfield, honolulu) = (Instant("2026-12-01T05:00:00Z"), Instant("2026-12-01T06:00:00Z"), Instant("2026-12-01T10:00:00Z"));

        var permit = await world.PermitAsync(maya, night.SessionId);
        Assert.Equal(("allow", tallahassee), (permit.Outcome("US-FL"), permit.Until("US-FL")!.Value));
        Assert.Equal(("allow", springfield), (permit.Outcome("US-IL"), permit.Until("US-IL")!.Value));
        var other = await world.PermitAsync(mark, morning.SessionId);
        Assert.Equal(("allow", honolulu), (other.Outcome("US-FL"), other.Until("US-FL")!.Value));

        // The clock passes one after the other: each place closes at its own midnight and not before.
        world.Clock.Advance(tallahassee - world.Clock.GetUtcNow());
        var closed = await world.PermitAsync(maya, night.SessionId, p => p.Outcome("US-FL") == "deny");
        Assert.Equal(("allow", springfield), (closed.Outcome("US-IL"), closed.Until("US-IL")!.Value));
        world.Clock.Advance(springfield - world.Clock.GetUtcNow());
        await world.PermitAsync(maya, night.SessionId, p => p.Outcome("US-IL") == "deny");
        Assert.Equal("allow", (await world.PermitAsync(mark, morning.SessionId)).Outcome("US-FL"));
        world.Clock.Advance(honolulu - world.Clock.GetUtcNow());
        var last = await world.PermitAsync(mark, morning.SessionId, p => p.Outcome("US-FL") == "deny");
        Assert.Equal(["LOCATION_NOT_AUTHORISED", "UNDERLYING_LICENCE"], last.CodesButGrace("US-FL"));
    }

    [Fact]
    public async Task A_group_that_becomes_therapy_asks_every_enrolment_again()
    {
        await using var world = await WorldAtAsync("2026-11-20T15:00:00Z");
        var group = await world.GroupLedByAsync(world.Ana, serviceClass: "skills_education");
        var session = await world.SessionAtAsync(group, Instant("2026-11-25T00:00:00Z"));
        var (tex, maya) = (await world.SeatedAsync("TX", group), await world.SeatedAsync("FL", group));
        Assert.Equal("allow", (await world.PermitAsync(tex, session.SessionId)).Outcome("US-TX"));
        var enrolledBy = await world.AskAsync<Guid>("select decision_id from enrollments where id = $1", tex.Enrollment);

        await world.DeliverAsync<UpsertSeatGroupWhenGroupChanged, GroupChanged>(
            new GroupChanged(group with { ServiceClass = "psychotherapy_group", Version = 2 }, world.Clock.GetUtcNow()));

        var texas = await world.PermitAsync(tex, session.SessionId, p => p.Outcome("US-TX") == "deny");
        Assert.Equal(["POLICY_STATE_NOT_OFFERED", "RESIDENCY_REQUIRED", "LOCATION_NOT_AUTHORISED", "GROUP_RECLASSIFIED"], texas.CodesButGrace("US-TX"));
        var florida = await world.PermitAsync(maya, session.SessionId, p => p.Codes("US-FL").Contains("GROUP_RECLASSIFIED"));
        Assert.Equal("allow", florida.Outcome("US-FL"));
        await Eventually.Async(
            async () => await world.AskAsync<long>(
                "select count(*) from decisions where enrollment_id = $1 and point = 'enrol' and answer like '%GROUP_RECLASSIFIED%'", tex.Enrollment) == 1,
            () => "the enrolment was not decided again");
        Assert.Equal("deny", await world.AskAsync<string>("select outcome from decisions where enrollment_id = $1 and answer like '%GROUP_RECLASSIFIED%'",
            tex.Enrollment));
        Assert.Equal(enrolledBy, await world.AskAsync<Guid>("select decision_id from enrollments where id = $1", tex.Enrollment));
        Assert.True(await world.ReplaysAsync(enrolledBy));
        Assert.True(await world.ReplaysAsync(
            await world.AskAsync<Guid>("select id from decisions where enrollment_id = $1 and answer like '%GROUP_RECLASSIFIED%'", tex.Enrollment)));
    }

    [Fact]
    public async Task The_first_waitlisted_member_is_skipped_while_ineligible_keeps_the_position_and_both_are_recorded()
    {
        await using var world = await WorldAtAsync("2026-11-20T15:00:00Z");
        var group = await world.GroupLedByAsync(world.Ana, seats: 1);
        var seated = await world.SeatedAsync("FL", group);
        var ((head, headHttp), (_, next)) = (await world.MemberInAsync("NY"), await world.MemberInAsync("NJ"));
        Assert.Equal("waitlisted", (string)(await EnrolAsync(headHttp, group.GroupId)).Body["status"]!);
        Assert.Equal("waitlisted", (string)(await EnrolAsync(next, group.GroupId)).Body["status"]!);
        (await headHttp.PutAsJsonAsync("/api/me/profile", Profile("TX"))).EnsureSuccessStatusCode();

        (await seated.Http.PostAsJsonAsync($"/api/enrollments/{seated.Enrollment}/cancel", new { })).EnsureSuccessStatusCode();

        await Eventually.Async(
            async () => (string)(await next.GetFromJsonAsync<JsonNode>("/api/me/enrollments"))!["items"]![0]!["status"]! == "offered", () =>
                "the next in line was not offered the seat");
        Assert.Equal(1, (int)(await headHttp.GetFromJsonAsync<JsonNode>("/api/me/enrollments"))!["items"]![0]!["waitlistPosition"]!);
        var skipped = await world.AskAsync<Guid>("select id from decisions where member_id = $1 and point = 'waitlist_offer'", head);
        Assert.Equal(
            ["POLICY_STATE_NOT_OFFERED", "RESIDENCY_REQUIRED", "LOCATION_NOT_AUTHORISED", "PROMOTION_SKIPPED_INELIGIBLE"],
            Codes((await world.DecisionAsync(skipped))["decision"]!));
        Assert.True(await world.ReplaysAsync(skipped));
        Assert.Equal(1L, await world.AskAsync<long>("select count(*) from audit_entries where act = 'waitlist.passed-over' and subject = $1", head));
        Assert.Equal(1L, await world.AskAsync<long>("select count(*) from audit_entries where act = 'waitlist.offered'"));
    }
}
