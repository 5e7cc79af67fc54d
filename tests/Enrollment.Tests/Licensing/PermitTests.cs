using GroupTherapy.Enrollment.Licensing;
using Xunit;
using static GroupTherapy.Enrollment.Tests.Licensing.Given;

namespace GroupTherapy.Enrollment.Tests.Licensing;

/// <summary>A permit says for every place what the decision would say there.</summary>
public sealed class PermitTests
{
    public static TheoryData<string> Worlds() => [.. All.Keys];

    private static readonly Dictionary<string, LicensingRequest> All = new()
    {
        ["Ana's group"] = Join("US-FL", Ana),
        ["Ana with an observer"] = Join("US-NY", Ana, Ben.AsCo()),
        ["Cara in Chicago"] = Chicago("US-KS", Cara),
        ["Dee with a disputed claim"] = Chicago("US-KS", Dee.With(Privilege("COUNSELING", "US-IL", "2027-12-31"))),
        ["skills"] = Skills("US-TX"),
        ["a minor"] = Join("US-NY", Ana).Born("2011-06-01"),
        ["a residence unknown"] = Join("US-NY", Ana).LivingIn("UNKNOWN", "42223"),
        ["nobody leads"] = Join("US-FL"),
        ["a rejoin in crisis"] = Join("US-FL", Ana).AtPoint(Points.Rejoin).InCrisis(),
    };

    [Theory]
    [MemberData(nameof(Worlds))]
    public void Every_row_is_the_decision_of_its_place(string world)
    {
        var request = All[world];
        var permit = PermitBuilder.ForEveryPlace(Seed, request, Evening);
        Assert.Equal(Seed.JurisdictionCodes, permit.Places.Select(row => row.Jurisdiction));
        Assert.All(permit.Places, row =>
        {
            var there = request with { Member = request.Member with { Location = new LocationFacts(row.Jurisdiction, Evening) } };
            var decision = there.Decide();
            Assert.Equal(decision.Outcome, row.Outcome);
            Assert.Equal(decision.Reasons, PermitBuilder.ReasonsOf(permit, row));
            Assert.Equal(decision.Conditions, row.Conditions);
            Assert.Equal(decision.Alternatives, row.Alternatives);
            Assert.Equal(LicensingEngine.ValidUntil(Seed, there, Evening), row.Until);
        });
    }

    [Fact]
    public void A_missing_place_has_the_row_of_the_unknown_one()
    {
        var permit = PermitBuilder.ForEveryPlace(Seed, Join("US-FL", Ana), Evening);
        var unknown = permit.Places.Single(row => row.Jurisdiction == "UNKNOWN");
        var decision = Join("US-FL", Ana).Being(_ => null).Decide();
        Assert.Equal((decision.Outcome, decision.NextRecheckAt), (unknown.Outcome, unknown.Until));
        Assert.Equal(decision.Codes(), unknown.Reasons.Select(at => permit.Reasons[at].Code));
    }

    [Fact]
    public void Too_old_an_attestation_and_the_grace_are_said_in_the_permit_too()
    {
        var permit = PermitBuilder.ForEveryPlace(Seed, Join("US-FL", Ana), Evening);
        var stale = Join("US-FL", Ana).Being(place => place with { AttestedAt = Evening.AddHours(-1) }).Decide();
        Assert.Equal(stale.Outcome, permit.Stale.Outcome);
        Assert.Equal(stale.Codes(), permit.Stale.Reasons.Select(at => permit.Reasons[at].Code));
        Assert.Equal("REJOIN_WITHIN_GRACE", permit.Reasons[permit.RejoinWithinGrace].Code);
        Assert.Equal((15, 10), (permit.AttestationMinutes, permit.RejoinGraceMinutes));
    }

    [Fact]
    public void Observers_are_named_for_each_jurisdiction()
    {
        var permit = PermitBuilder.ForEveryPlace(Seed, Join("US-NY", Ana, Ben.AsCo(), Dee.AsCo()), Evening);
        string[] At(string place) => [.. permit.Places.Single(row => row.Jurisdiction == place).Observers];
        Assert.Equal(["dee"], At("US-NY"));
        Assert.Equal(["ben"], At("US-FL"));
        Assert.Equal(["ben", "dee"], At("US-NJ"));
        Assert.Empty(At("UNKNOWN"));
        Assert.Empty(PermitBuilder.ForEveryPlace(Seed, Skills("US-NY") with { Facilitators = [Eli, Ben.AsCo()] }, Evening).Places.SelectMany(row =>
            row.Observers));
        Assert.All(permit.Places, row => Assert.Equal(
            row.Observers.Count > 0, row.Reasons.Any(at => permit.Reasons[at].Code == ReasonCodes.CoFacilitatorObserverOnly)));
    }

    [Fact]
    public void A_row_holds_until_another_co_facilitator_becomes_an_observer()
    {
        var soon = Ben.AsCo().With(Licence("US-FL", "LCSW", "2028-01-01", "2026-12-05"));
        var florida = PermitBuilder.ForEveryPlace(Seed, Join("US-FL", Ana, soon, Eli.AsCo()), Evening).Places.Single(row => row.Jurisdiction == "US-FL");
        Assert.Equal(["ben", "eli"], florida.Observers);
        Assert.Equal(Instant("2026-12-05T05:00:00Z"), florida.Until);
    }

    [Theory]
    [InlineData("US-FL")]
    [InlineData("US-NJ")]
    [InlineData("US-GA")]
    [InlineData("UNKNOWN")]
    public void In_a_crisis_the_row_and_one_reason_more_are_the_decision(string place)
    {
        var at = Instant("2026-12-01T05:00:00Z");
        var request = Join(place, Ana).LivingIn("US-FL").AtPoint(Points.Recheck).InCrisis().At(at);
        var permit = PermitBuilder.ForEveryPlace(Seed, request.AtPoint(Points.Join), at);
        var row = permit.Places.Single(one => one.Jurisdiction == place);
        var decision = request.Decide();
        if (row.Outcome < Outcome.Hold)
        {
            Assert.Equal((row.Outcome, "allow"), (decision.Outcome, decision.Outcome.Wire()));
            return;
        }

        Assert.Equal(["no_therapy_content", "handover"], decision.Conditions);
        var told = row.Reasons.Append(permit.CrisisNeverDisconnect!.Value).Select(position => permit.Reasons[position].Code);
        Assert.Equal(told, decision.Codes().Where(code => code != ReasonCodes.RecheckExpiredMidSession));
    }

    [Fact]
    public void Where_the_policy_says_otherwise_no_crisis_is_spoken_of()
    {
        var rules = Rules(document => document with
        {
            PracticePolicies = [
            .. document.PracticePolicies.Select(policy => policy with { CrisisNeverDisconnects = false })]
        });
        Assert.Null(PermitBuilder.ForEveryPlace(rules, Join("US-FL", Ana), Evening).CrisisNeverDisconnect);
    }

    [Fact]
    public void Reasons_are_shared_by_places()
    {
        var permit = PermitBuilder.ForEveryPlace(Seed, Join("US-FL", Ana), Evening);
        Assert.True(permit.Reasons.Count < 20, $"{permit.Reasons.Count} reasons");
        Assert.All(permit.Reasons, reason => Assert.DoesNotContain("Ohio", reason.Text, StringComparison.Ordinal));
    }

    [Fact]
    public void A_row_holds_until_a_birthday_that_matters()
    {
        var permit = PermitBuilder.ForEveryPlace(Seed, Join("US-FL", Ana).Born("2009-01-15", 18), Evening);
        Assert.Equal(Instant("2027-01-15T05:00:00Z"), permit.Places.Single(row => row.Jurisdiction == "US-FL").Until);
    }

    [Fact]
    public void The_facts_own_place_is_not_read()
    {
        var here = PermitBuilder.ForEveryPlace(Seed, Join("US-FL", Ana), Evening);
        var contradicted = PermitBuilder.ForEveryPlace(Seed, Join("US-FL", Ana).Being(place => place with { NetworkHint = "US-GA" }), Evening);
        Assert.Equal(here.Places.Select(row => row.Outcome), contradicted.Places.Select(row => row.Outcome));
    }
}
