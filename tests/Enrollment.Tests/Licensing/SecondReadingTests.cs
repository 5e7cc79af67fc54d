using System.Text;
using GroupTherapy.Enrollment.Licensing;
using Xunit;
using static GroupTherapy.Enrollment.Tests.Licensing.Given;

namespace GroupTherapy.Enrollment.Tests.Licensing;

/// <summary>What the second reading of the rules answers otherwise than the first, which stays for replays.</summary>
public sealed class SecondReadingTests
{
    [Theory]
    [InlineData("US-FL", "LCPC", "grouport")]
    [InlineData("US-FL", "LPC", "grouport")]
    [InlineData("US-NY", "LPC", "grouport")]
    [InlineData("US-NJ", "LMHC", "grouport")]
    [InlineData("US-IL", "LMHC", "chicago")]
    [InlineData("US-KS", "LMHC", "chicago")]
    public void A_licence_type_that_the_state_does_not_have_is_unreadable(string place, string type, string practice)
    {
        var request = Join(place, Ana.Only(Licence(place, type, "2028-01-01"))) with { Practice = practice };
        Assert.Equal(Outcome.Deny, request.Decide().Outcome);
        Assert.Equal(Outcome.Hold, request.Enrolling().Decide().Outcome);
    }

    [Theory]
    [InlineData("US-KS", "LP", "psychologist")]
    [InlineData("US-IL", "LCP", "psychologist")]
    [InlineData("US-IL", "LCPC", "counselor")]
    public void A_licence_type_that_the_state_has_counts(string place, string type, string profession)
    {
        var lead = Ana.Only(Licence(place, type, "2028-01-01")) with { Profession = profession };
        Assert.Equal(Outcome.Allow, Chicago(place, lead).Decide().Outcome);
    }

    [Fact]
    public void The_general_types_count_where_a_state_has_none_of_its_own() =>
        Assert.Equal(Outcome.Allow, Chicago("US-FL", Dee.Only(Licence("US-TX", "LPC", "2028-01-01"), Registration("US-FL", "2028-01-01"))).Decide().Outcome);

    [Fact]
    public void A_type_that_the_state_does_not_have_leaves_a_registration_that_rests_on_it_to_a_person()
    {
        var request = Chicago("US-FL", Dee.Only(Licence("US-NY", "LPC", "2028-01-01"), Registration("US-FL", "2028-01-01")));
        Assert.Equal((Outcome.Deny, Outcome.Hold), (request.Decide().Outcome, request.Enrolling().Decide().Outcome));
    }

    [Fact]
    public void A_stored_decision_of_the_first_reading_comes_out_as_it_was()
    {
        var request = Join("US-FL", Ana.Only(Licence("US-FL", "LCPC", "2028-01-01")));
        var stored = Encoding.UTF8.GetString(LicensingEngine.Inputs(Seed, request, request.At)).Replace("licensing-2", "licensing-1", StringComparison.Ordinal);
        var answer = Encoding.UTF8.GetString(LicensingEngine.Replay(Encoding.UTF8.GetBytes(stored), Seed));
        Assert.StartsWith("{\"alternatives\":[],\"conditions\":[],\"engine\":\"licensing-1\"", answer, StringComparison.Ordinal);
        Assert.Contains("\"outcome\":\"allow\"", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("US-CA", "US-KS")]
    [InlineData("US-IL", "US-CA")]
    public void A_compact_without_a_row_for_one_side_is_unknown_and_not_no_member(string home, string place)
    {
        var cara = Cara.Only(Licence(home, "PSY", "2028-01-01"), Privilege("PSYPACT", home, "2028-01-01")).In(home);
        var rules = Rules(document =>
            document with
            {
                PracticePolicies =
                [
                    .. document.PracticePolicies.Select(row => row with { Offers = [.. row.Offers.Select(o => o with { Jurisdictions = ["*"] })] }),
                ],
            }
        );
        var request = Chicago(place, cara);
        Assert.DoesNotContain("COMPACT_NOT_MEMBER", request.Decide(rules).Codes());
        Assert.Equal((Outcome.Deny, Outcome.Hold), (request.Decide(rules).Outcome, request.Enrolling().Decide(rules).Outcome));
    }

    [Fact]
    public void A_psychologist_at_home_in_any_member_state_may_work_under_the_compact() =>
        Assert.Equal(
            Outcome.Allow,
            Chicago("US-KS", Cara.Only(Licence("US-TX", "PSY", "2028-01-01"), Privilege("PSYPACT", "US-TX", "2028-01-01")).In("US-TX")).Decide().Outcome
        );

    [Theory]
    [InlineData("2026-01-01", "active", false)]
    [InlineData("2028-01-01", "revoked", false)]
    [InlineData("2028-01-01", "active", true)]
    public void A_disputed_route_that_a_known_fact_closes_is_denied_at_enrolment(string to, string status, bool encumbered)
    {
        var privilege = Privilege("COUNSELING", "US-OH", to, status: status, encumbered: encumbered);
        var lead = Dee.Only(Licence("US-OH", "LPCC", "2028-01-01"), privilege);
        Assert.Equal(Outcome.Deny, Chicago("US-IL", lead).Enrolling().Decide().Outcome);
        Assert.Equal(Outcome.Deny, Chicago("US-IL", Dee.Only(Permit("US-IL", 0, "2026-01-01"))).Enrolling().Decide().Outcome);
    }

    [Fact]
    public void One_route_that_may_still_open_holds_whatever_became_of_the_others()
    {
        var lead = Ana.Only(Licence("US-FL", "LMHC", "2026-01-01"), Permit("US-FL", 0));
        Assert.Equal(Outcome.Hold, Join("US-FL", lead).Enrolling().Decide().Outcome);
    }

    [Fact]
    public void A_temporary_permit_rests_on_a_licence_elsewhere()
    {
        var bare = Chicago("US-KS", Dee.Only(Permit("US-KS", 0)));
        Assert.Equal(["LOCATION_NOT_AUTHORISED", "UNDERLYING_LICENCE"], bare.Decide().Codes());
        Assert.Equal(Outcome.Deny, bare.Enrolling().Decide().Outcome);
        Assert.Equal(Outcome.Allow, Chicago("US-KS", Dee.With(Permit("US-KS", 0))).Decide().Outcome);
    }

    [Theory]
    [InlineData(null, Outcome.Hold)]
    [InlineData(RouteCondition.NoUnderlyingLicence, Outcome.Allow)]
    public void A_permit_whose_rule_does_not_say_what_it_rests_on_is_left_to_a_person(RouteCondition? says, Outcome outcome)
    {
        var rules = Rules(document =>
            document with
            {
                RoutePolicies =
                [
                    .. document.RoutePolicies.Select(row =>
                        row.Id == "route-us-ks-temporary" ? row with { Conditions = says is { } condition ? [condition] : [] } : row
                    ),
                ],
            }
        );
        Assert.Equal(outcome, Chicago("US-KS", Dee.Only(Permit("US-KS", 0))).Enrolling().Decide(rules).Outcome);
    }

    [Fact]
    public void A_spent_day_budget_is_new_in_the_new_year()
    {
        var decision = Chicago("US-KS", Dee.With(Permit("US-KS", 15, "2027-06-30"))).Decide();
        Assert.Equal((Outcome.Deny, Instant("2027-01-01T06:00:00Z")), (decision.Outcome, decision.NextRecheckAt));
    }

    [Fact]
    public void A_series_with_more_sessions_than_days_are_left_is_allowed_with_the_last_covered_session()
    {
        // Ten weekly sessions, the last one on 2027-01-26; six of them this year, and five days are left.
        var request = Chicago("US-KS", Dee.With(Permit("US-KS", 10, "2027-12-31"))).Enrolling("2027-01-27T01:00:00Z");
        var decision = request.Decide();
        Assert.Equal(Outcome.AllowWithConditions, decision.Outcome);
        Assert.Equal(["day_budget_short"], decision.Conditions);
        Assert.Contains("2026-12-22", decision.Reasons.Single(reason => reason.Code == "DAY_BUDGET_EXHAUSTED").Text, StringComparison.Ordinal);

        var enough = Chicago("US-KS", Dee.With(Permit("US-KS", 9, "2027-12-31"))).Enrolling("2027-01-27T01:00:00Z");
        Assert.Equal(Outcome.Allow, enough.Decide().Outcome);
        var licensed = Chicago("US-KS", Dee.With(Permit("US-KS", 10, "2027-12-31"), Licence("US-KS", "LCPC", "2028-01-01"))).Enrolling("2027-01-27T01:00:00Z");
        Assert.Equal(Outcome.Allow, licensed.Decide().Outcome);
    }

    [Fact]
    public void An_attestation_of_later_is_refused_at_every_point() =>
        Assert.All(
            Points.All,
            point =>
            {
                var request = Join("US-FL", Ana).Being(l => l with { AttestedAt = Evening.AddMinutes(1) }).AtPoint(point);
                Assert.Equal(Outcome.Deny, request.Decide().Outcome);
                Assert.Contains("LOCATION_UNKNOWN", request.Decide().Codes());
            }
        );

    [Fact]
    public void An_unknown_place_with_a_stale_attestation_is_told_both() =>
        Assert.Equal(
            ["LOCATION_UNKNOWN", "LOCATION_NOT_AUTHORISED", "ATTESTATION_STALE"],
            Join("US-FL", Ana).Being(l => new LocationFacts("UNKNOWN", Evening.AddMinutes(-16))).Decide().Codes()
        );

    [Fact]
    public void A_co_facilitator_who_may_where_the_lead_may_not_is_told() =>
        Assert.Equal(["LOCATION_NOT_AUTHORISED", "CO_FACILITATOR_OBSERVER_ONLY"], Join("US-FL", Ben, Ana.AsCo()).Decide().Codes());

    [Fact]
    public void Only_a_credential_in_use_that_ended_during_the_session_is_told_as_expired_meanwhile()
    {
        var recheck = Join("US-NJ", Ana).AtPoint(Points.Recheck).At("2026-12-01T05:10:00Z") with { Until = Instant("2026-12-01T05:30:00Z") };
        Assert.Contains("RECHECK_EXPIRED_MID_SESSION", recheck.Decide().Codes());
        Assert.DoesNotContain("RECHECK_EXPIRED_MID_SESSION", recheck.At("2026-12-05T05:10:00Z").Decide().Codes());

        // Not in use: another profession's, another state's, a suspended one.
        var others = Ana.Only(
            Licence("US-NJ", "LCSW", "2026-11-30"),
            Licence("US-FL", "LMHC", "2026-11-30"),
            Licence("US-NJ", "LPC", "2026-11-30", status: "suspended")
        );
        var never = Join("US-NJ", others).AtPoint(Points.Recheck);
        var asked = never.At("2026-12-01T05:10:00Z") with { Until = Instant("2026-12-01T05:30:00Z") };
        Assert.DoesNotContain("RECHECK_EXPIRED_MID_SESSION", asked.Decide().Codes());
    }

    [Fact]
    public void An_expiry_that_closes_nothing_is_no_instant_to_ask_again()
    {
        var lead = Ben.With(Licence("US-FL", "LMHC", "2026-12-15"), Licence("US-NJ", "PSY", "2026-12-20"));
        Assert.Null(Join("US-NJ", lead).AtPoint(Points.Recheck).Decide().NextRecheckAt);
    }
}
