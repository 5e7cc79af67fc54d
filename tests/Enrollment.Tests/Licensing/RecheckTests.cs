using GroupTherapy.Enrollment.Licensing;
using Xunit;
using static GroupTherapy.Enrollment.Tests.Licensing.Given;

namespace GroupTherapy.Enrollment.Tests.Licensing;

/// <summary>The instant at which an answer changes next, by hand. That it is the first one is a property, see <c>Properties</c>.</summary>
public sealed class RecheckTests
{
    [Fact]
    public void Is_the_midnight_after_the_last_day_where_the_licence_was_issued()
    {
        Assert.Equal(Instant("2027-04-01T04:00:00Z"), Join("US-FL", Ana).Decide().NextRecheckAt);
        Assert.Equal(Instant("2027-09-01T04:00:00Z"), Join("US-NY", Ana).Decide().NextRecheckAt);
        Assert.Equal(Instant("2028-10-01T05:00:00Z"), Chicago("US-IL", Cara).Decide().NextRecheckAt);
    }

    [Theory]
    [InlineData("US-PR", "2026-12-01T04:00:00Z")]
    [InlineData("US-GU", "2026-11-30T14:00:00Z")]
    [InlineData("US-AS", "2026-12-01T11:00:00Z")]
    [InlineData("US-HI", "2026-12-01T10:00:00Z")]
    [InlineData("US-AK", "2026-12-01T09:00:00Z")]
    [InlineData("US-AZ", "2026-12-01T07:00:00Z")]
    public void Follows_the_capital_of_every_issuer(string issuer, string ends)
    {
        var dee = Dee.Only(Licence(issuer, "LPC", "2026-11-30"), Registration("US-FL", "2028-01-01"));
        Assert.Equal(Instant(ends), Chicago("US-FL", dee).Decide().NextRecheckAt);
        Assert.Equal(Outcome.Allow, Chicago("US-FL", dee).At(Instant(ends).AddTicks(-1)).Decide().Outcome);
        Assert.Equal(["LOCATION_NOT_AUTHORISED", "UNDERLYING_LICENCE"], Chicago("US-FL", dee).At(ends).Decide().Codes());
    }

    [Fact]
    public void A_renewal_is_no_new_answer() =>
        Assert.Equal(Instant("2028-04-01T04:00:00Z"), Join("US-FL", Ana.With(Licence("US-FL", "LMHC", "2028-03-31", "2027-04-01"))).Decide().NextRecheckAt);

    [Fact]
    public void A_refusal_knows_when_it_ends() =>
        Assert.Equal(Instant("2027-01-15T05:00:00Z"), Join("US-FL", Ben.With(Licence("US-FL", "LCSW", "2028-01-01", "2027-01-15"))).Decide().NextRecheckAt);

    [Fact]
    public void A_further_reason_is_another_answer()
    {
        var ana = Ana.Only(Licence("US-FL", "LMHC", "2026-12-31", status: "suspended"));
        Assert.Equal(Instant("2027-01-01T05:00:00Z"), Join("US-FL", ana).Decide().NextRecheckAt);
    }

    [Fact]
    public void A_co_facilitators_licence_counts_as_far_as_it_shows() =>
        Assert.Equal(
            Instant("2027-02-01T05:00:00Z"),
            Join("US-FL", Ana, Ben.AsCo().With(Licence("US-FL", "LCSW", "2028-01-01", "2027-02-01"))).Decide().NextRecheckAt
        );

    [Fact]
    public void What_does_not_matter_here_changes_nothing() => Assert.Null(Skills("US-TX").Decide().NextRecheckAt);

    [Fact]
    public void An_unknown_jurisdiction_has_no_recheck_time() => Assert.Null(Join("US-FL", Ana).Being(_ => null).Decide().NextRecheckAt);

    [Fact]
    public void A_residence_of_a_later_day_is_waited_for() =>
        Assert.Equal(Instant("2026-12-24T05:00:00Z"), Join("US-FL", Ana).LivingIn("US-FL", since: "2026-12-24").Enrolling().Decide().NextRecheckAt);

    [Fact]
    public void The_age_of_an_attestation_is_none() =>
        Assert.Equal(
            Instant("2027-04-01T04:00:00Z"),
            Join("US-FL", Ana).Being(place => place with { AttestedAt = Evening.AddMinutes(-14) }).Decide().NextRecheckAt
        );

    [Fact]
    public void A_birthday_ends_how_long_a_decision_may_be_kept_and_does_not_change_it()
    {
        var request = Join("US-FL", Ana).Born("2009-01-15", 18);
        Assert.Equal(Instant("2027-04-01T04:00:00Z"), request.Decide().NextRecheckAt);
        Assert.Equal(Instant("2027-01-15T05:00:00Z"), LicensingEngine.ValidUntil(Seed, request, request.At));
    }
}
