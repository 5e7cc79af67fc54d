using System.Text;
using GroupTherapy.Enrollment.Licensing;
using Xunit;
using static GroupTherapy.Enrollment.Tests.Licensing.Given;

namespace GroupTherapy.Enrollment.Tests.Licensing;

/// <summary>Facts about what came before a question: they are inputs like all others, so that stored inputs alone give the whole answer again.</summary>
public sealed class HistoryTests
{
    private static readonly Dictionary<string, (LicensingRequest Request, string Answer, string Conditions)> Lines = new()
    {
        ["Ben stands in for Ana in Florida"] = (Join("US-FL", Ben.StandingIn()), "deny: LOCATION_NOT_AUTHORISED SUBSTITUTE_NOT_AUTHORISED", ""),
        ["Ben stands in for Ana in New York"] = (Join("US-NY", Ben.StandingIn()), "allow: ROUTE_LICENCE", ""),
        ["a substitute whose licence has ended"] = (
            Join("US-NJ", Ana.StandingIn()).At("2026-12-01T05:00:00Z"),
            "deny: LOCATION_NOT_AUTHORISED LICENCE_EXPIRED SUBSTITUTE_NOT_AUTHORISED",
            ""
        ),
        ["a substitute who only assists"] = (
            Join("US-FL", Ana, Ben.AsCo().StandingIn()),
            "allow_with_conditions: ROUTE_LICENCE CO_FACILITATOR_OBSERVER_ONLY",
            "co_observer"
        ),
        ["a substitute whose claim is disputed, at enrolment"] = (
            Chicago("US-IL", Disputed.StandingIn()).Enrolling(),
            "hold: LOCATION_NOT_AUTHORISED RULE_DISPUTED SUBSTITUTE_NOT_AUTHORISED",
            ""
        ),
        ["a substitute where nobody's authority is asked"] = (
            Skills("US-PR") with
            {
                Facilitators = [Eli.StandingIn()],
            },
            "deny: LOCATION_NOT_AUTHORISED SKILLS_NEEDS_REVIEW",
            ""
        ),

        ["enrolled under other rules, and refused"] = (
            Join("US-NJ", Ana).At("2026-12-01T05:00:00Z").EnrolledUnder(7),
            "deny: LOCATION_NOT_AUTHORISED LICENCE_EXPIRED RULE_CHANGED_SINCE_ENROLMENT",
            ""
        ),
        ["enrolled under other rules, and allowed"] = (Join("US-FL", Ana).EnrolledUnder(7), "allow: ROUTE_LICENCE", ""),
        ["enrolled under these rules, and refused"] = (
            Join("US-NJ", Ana).At("2026-12-01T05:00:00Z").EnrolledUnder(1),
            "deny: LOCATION_NOT_AUTHORISED LICENCE_EXPIRED",
            ""
        ),
        ["enrolled under other rules, place unknown"] = (
            Join("US-FL", Ana).Being(_ => null).EnrolledUnder(7),
            "deny: LOCATION_UNKNOWN LOCATION_NOT_AUTHORISED",
            ""
        ),

        ["from skills to therapy, out of reach"] = (
            Join("US-TX", Ana).ReclassifiedFrom("skills_education").Enrolling(),
            "deny: POLICY_STATE_NOT_OFFERED RESIDENCY_REQUIRED LOCATION_NOT_AUTHORISED GROUP_RECLASSIFIED",
            ""
        ),
        ["from skills to therapy, at home"] = (Join("US-FL", Ana).ReclassifiedFrom("skills_education"), "allow: ROUTE_LICENCE GROUP_RECLASSIFIED", ""),
        ["of the same class as ever"] = (Join("US-FL", Ana).ReclassifiedFrom("psychotherapy_group"), "allow: ROUTE_LICENCE", ""),

        ["moved, and the seat is kept"] = (
            Join("US-TX", Ana).SeatKeptUntil("2026-12-01T00:00:00Z"),
            "deny: POLICY_STATE_NOT_OFFERED RESIDENCY_REQUIRED LOCATION_NOT_AUTHORISED SEAT_GRACE",
            ""
        ),
        ["moved, and the seat was kept until this instant"] = (
            Join("US-TX", Ana).SeatKeptUntil("2026-11-25T00:00:00Z"),
            "deny: POLICY_STATE_NOT_OFFERED RESIDENCY_REQUIRED LOCATION_NOT_AUTHORISED",
            ""
        ),
        ["back home while the seat is kept"] = (Join("US-FL", Ana).SeatKeptUntil("2026-12-01T00:00:00Z"), "allow: ROUTE_LICENCE", ""),

        ["the head of the line, not eligible"] = (
            Join("US-TX", Ana).Enrolling().AtPoint(Points.WaitlistOffer).Next(),
            "deny: POLICY_STATE_NOT_OFFERED RESIDENCY_REQUIRED LOCATION_NOT_AUTHORISED PROMOTION_SKIPPED_INELIGIBLE",
            ""
        ),
        ["the head of the line, home unknown"] = (
            Join("US-FL", Ana).LivingIn("UNKNOWN").Enrolling().AtPoint(Points.WaitlistOffer).Next(),
            "hold: RESIDENCY_UNKNOWN LOCATION_NOT_AUTHORISED PROMOTION_SKIPPED_INELIGIBLE",
            ""
        ),
        ["the head of the line, eligible"] = (Join("US-FL", Ana).Enrolling().AtPoint(Points.WaitlistOffer).Next(), "allow: ROUTE_LICENCE", ""),
        ["in line, asked elsewhere"] = (Join("US-TX", Ana).Enrolling().Next(), "deny: POLICY_STATE_NOT_OFFERED RESIDENCY_REQUIRED LOCATION_NOT_AUTHORISED", ""),

        ["two people settle a contradiction"] = (
            Join("US-FL", Ana).Being(l => l with { NetworkHint = "US-GA" }).Overridden(),
            "allow_with_conditions: ROUTE_LICENCE LOCATION_CONTRADICTION",
            "override"
        ),
        ["two people settle what is disputed"] = (
            Join("US-FL", Ben.With(Privilege("SOCIAL_WORK", "US-NY", "2028-01-31"))).Overridden(),
            "allow_with_conditions: LOCATION_NOT_AUTHORISED RULE_DISPUTED RULE_DISPUTED",
            "override"
        ),
        ["nobody settles what is disputed here and not in operation there"] = (
            Chicago("US-KS", Dee.With(Privilege("COUNSELING", "US-IL", "2027-12-31"))).Overridden(),
            "deny: LOCATION_NOT_AUTHORISED COMPACT_NOT_OPERATIONAL RULE_DISPUTED",
            ""
        ),
        ["nobody settles a disputed route for a licence that has ended"] = (
            Join("US-FL", Ben.With(Privilege("SOCIAL_WORK", "US-NY", "2024-01-31"))).Overridden(),
            "deny: LOCATION_NOT_AUTHORISED LICENCE_EXPIRED RULE_DISPUTED RULE_DISPUTED",
            ""
        ),
        ["two people settle a missing residence"] = (
            Join("US-FL", Ana).LivingIn("UNKNOWN").Overridden(),
            "allow_with_conditions: ROUTE_LICENCE RESIDENCY_UNKNOWN",
            "override"
        ),
        ["nobody settles a licence that has ended"] = (
            Join("US-NJ", Ana).At("2026-12-01T05:00:00Z").Overridden(),
            "deny: LOCATION_NOT_AUTHORISED LICENCE_EXPIRED",
            ""
        ),
        ["nobody settles where the practice does not offer"] = (
            Join("US-GA", Ana).LivingIn("US-FL").Being(l => l with { NetworkHint = "US-FL" }).Overridden(),
            "deny: POLICY_STATE_NOT_OFFERED LOCATION_NOT_AUTHORISED LOCATION_CONTRADICTION",
            ""
        ),
        ["nobody settles an age"] = (
            Join("US-FL", Ana).Born("2015-01-01", 18).Overridden(),
            "deny: ROUTE_LICENCE AGE_BELOW_GROUP_MIN GUARDIAN_CONSENT_MISSING",
            ""
        ),
        ["the place stays the member's to say"] = (Join("US-FL", Ana).Being(_ => null).Overridden(), "deny: LOCATION_UNKNOWN LOCATION_NOT_AUTHORISED", ""),
        ["and to say again when it is old"] = (
            Join("US-FL", Ana).Being(l => l with { AttestedAt = Evening.AddHours(-1) }).Overridden(),
            "deny: LOCATION_NOT_AUTHORISED ATTESTATION_STALE",
            ""
        ),
        ["what two people decided is over"] = (
            Join("US-FL", Ana).LivingIn("UNKNOWN").Overridden("2026-11-25T00:00:00Z"),
            "deny: ROUTE_LICENCE RESIDENCY_UNKNOWN",
            ""
        ),
        ["two people decided about another point"] = (
            Join("US-FL", Ana).LivingIn("UNKNOWN").Overridden().AtPoint(Points.Precheck),
            "deny: ROUTE_LICENCE RESIDENCY_UNKNOWN",
            ""
        ),
        ["two people decided, and nothing needed it"] = (Join("US-FL", Ana).Overridden(), "allow: ROUTE_LICENCE", ""),
        ["two people decided beside an observer"] = (
            Join("US-FL", Ana, Ben.AsCo()).LivingIn("UNKNOWN").Overridden(),
            "allow_with_conditions: ROUTE_LICENCE RESIDENCY_UNKNOWN CO_FACILITATOR_OBSERVER_ONLY",
            "co_observer override"
        ),
        ["two people decided before a crisis had to"] = (
            Join("US-FL", Ana).LivingIn("UNKNOWN").AtPoint(Points.Recheck).InCrisis().Overridden(),
            "allow_with_conditions: ROUTE_LICENCE RESIDENCY_UNKNOWN",
            "override"
        ),
    };

    private static FacilitatorFacts Disputed => Dee.Only(Licence("US-OH", "LPCC", "2028-01-01"), Privilege("COUNSELING", "US-OH", "2027-12-31"));

    public static TheoryData<string> Names() => [.. Lines.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Is_answered_with_what_came_before(string name)
    {
        var (request, answer, conditions) = Lines[name];

        var decision = request.Decide();

        Assert.Equal(answer, $"{decision.Outcome.Wire()}: {string.Join(' ', decision.Codes())}");
        Assert.Equal(conditions, string.Join(' ', decision.Conditions));
        var stored = LicensingEngine.Inputs(Seed, request, request.At);
        Assert.Equal(Encoding.UTF8.GetString(LicensingEngine.Answer(decision)), Encoding.UTF8.GetString(LicensingEngine.Replay(stored, Seed)));
    }

    [Fact]
    public void Facts_that_say_nothing_leave_no_trace_in_the_bytes()
    {
        var text = Encoding.UTF8.GetString(LicensingEngine.Inputs(Seed, Join("US-FL", Ana), Evening));
        Assert.All(
            ["substitute", "reclassifiedFrom", "enrolledUnder", "seatGraceUntil", "nextInLine", "override"],
            name => Assert.DoesNotContain(name, text, StringComparison.Ordinal)
        );
        var full = Join("US-FL", Ana.StandingIn()).ReclassifiedFrom("intake").EnrolledUnder(7).SeatKeptUntil("2026-12-01T00:00:00Z").Next().Overridden();
        var bytes = Encoding.UTF8.GetString(LicensingEngine.Inputs(Seed, full, Evening));
        Assert.Contains("\"reclassifiedFrom\":\"intake\"", bytes, StringComparison.Ordinal);
        Assert.Contains(
            "\"enrolledUnder\":7,\"guardianConsent\":false,\"id\":\"m\",\"location\":{\"attestedAt\":\"2026-11-24T23:58:00Z\",\"jurisdiction\":\"US-FL\","
                + "\"lastPresentAt\":null,\"networkHint\":null},"
                + "\"nextInLine\":true,\"override\":{\"id\":\"o\",\"points\":[\"join\",\"rejoin\",\"recheck\"],\"until\":\"2026-11-26T00:00:00Z\"}",
            bytes,
            StringComparison.Ordinal
        );
        Assert.Contains("\"seatGraceUntil\":\"2026-12-01T00:00:00Z\"", bytes, StringComparison.Ordinal);
        Assert.Contains("\"substitute\":true", bytes, StringComparison.Ordinal);
    }

    [Fact]
    public void What_two_people_decided_is_looked_at_again_when_it_ends_or_before()
    {
        Assert.Equal(Instant("2026-11-26T00:00:00Z"), Join("US-FL", Ana).LivingIn("UNKNOWN").Overridden().Decide().NextRecheckAt);
        Assert.Equal(Instant("2026-12-01T05:00:00Z"), Join("US-NJ", Ana).LivingIn("UNKNOWN").Overridden("2026-12-05T00:00:00Z").Decide().NextRecheckAt);
        Assert.Equal(Instant("2026-11-30T00:00:00Z"), Join("US-TX", Ana).SeatKeptUntil("2026-11-30T00:00:00Z").Decide().NextRecheckAt);
    }

    [Fact]
    public void A_permit_says_so_too()
    {
        var request = Join("US-FL", Ana).LivingIn("UNKNOWN").Overridden();
        var permit = PermitBuilder.ForEveryPlace(Seed, request, Evening);
        var florida = permit.Places.Single(place => place.Jurisdiction == "US-FL");
        Assert.Equal((Outcome.AllowWithConditions, Instant("2026-11-26T00:00:00Z")), (florida.Outcome, florida.Until));
        Assert.Equal(["override"], florida.Conditions);
        Assert.All(permit.Places.Where(place => place.Jurisdiction is not ("US-FL" or "US-NY" or "US-NJ")), place => Assert.Equal(Outcome.Deny, place.Outcome));
    }
}
