using GroupTherapy.Enrollment.Api;
using GroupTherapy.Enrollment.Consumers;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Enrollment.Tests.Licensing;
using GroupTherapy.Enrollment.Workers;

namespace GroupTherapy.Enrollment.Tests.Coverage;

public sealed class CoverageHistoryTests
{
    private static readonly CoverageGroup Therapy = new("grouport", "psychotherapy_group", 18, "video");
    private static readonly DateTimeOffset Now = Given.Evening;
    private static readonly DateTimeOffset Recorded = Now.AddDays(-100);
    private static readonly DateTimeOffset Changed = Now.AddDays(-10);
    private static readonly Guid Nj = Guid.CreateVersion7();
    private static readonly RuleSetHistory Seed = new(Given.Seed, SeededRuleSet.EffectiveFrom, Now.AddDays(-300), null);

    [Theory]
    [InlineData("2026-11-30T23:00:00Z", "2026-12-01T00:00:00Z", null)]
    [InlineData("2026-12-01T04:00:00Z", "2026-12-01T05:00:00Z", null)]
    [InlineData("2026-12-01T04:30:00Z", "2026-12-01T05:30:00Z", "2026-12-01T05:00:00Z")]
    [InlineData("2026-12-01T05:00:00Z", "2026-12-01T06:00:00Z", "2026-12-01T05:00:00Z")]
    [InlineData("2026-12-08T00:00:00Z", "2026-12-08T01:00:00Z", "2026-12-08T00:00:00Z")]
    public void A_licence_covers_sessions_to_the_midnight_after_its_last_day_and_the_loss_begins_there(string starts, string ends, string? lost)
    {
        var loss = Find([Seed], Ana(V(1, Recorded, "2026-11-30")), "US-NJ", starts, ends);
        Assert.Equal(lost is null ? null : Given.Instant(lost), loss?.From);
        Assert.Equal(lost is null ? [] : ["LOCATION_NOT_AUTHORISED", "LICENCE_EXPIRED"], loss?.Reasons.Select(r => r.Code) ?? []);
        Assert.Equal(lost is null ? null : Recorded, loss?.KnownSince);
    }

    [Fact]
    public void A_loss_is_known_since_the_version_that_made_it_and_not_since_one_that_only_adds_evidence()
    {
        Assert.Equal(Changed, Late(Ana(V(1, Recorded, "2028-11-30"), V(2, Changed, "2026-11-30")))!.KnownSince);
        Assert.Equal(Recorded, Late(Ana(V(1, Recorded, "2026-11-30"), V(2, Changed, "2026-11-30")))!.KnownSince);
        var suspended = Late(Ana(V(1, Recorded, "2028-11-30"), V(2, Changed, "2028-11-30", "suspended")));
        Assert.Equal((Changed, "LICENCE_INACTIVE"), (suspended!.KnownSince, suspended.Reasons[^1].Code));
        Assert.Null(Late(Ana(V(1, Recorded, "2026-11-30"), V(2, Changed, "2028-11-30"))));
    }

    [Fact]
    public void A_loss_by_a_rule_set_is_known_since_its_publication_and_one_by_a_move_since_no_credential()
    {
        var without = Given.Rules(d => d with { Version = 2, RoutePolicies = [.. d.RoutePolicies.Where(row => row.Id != "route-us-nj-licence")] });
        var ana = Ana(V(1, Recorded, "2028-11-30"));
        var later = new RuleSetHistory(without, Given.Instant("2026-12-02T00:00:00Z"), Changed, null);
        Assert.Equal(Changed, Late(ana, [Seed, later])!.KnownSince);
        Assert.Null(Find([Seed, later], ana, "US-NJ", "2026-12-01T00:00:00Z", "2026-12-01T01:00:00Z"));
        Assert.Null(Late(ana, [Seed, later with { WithdrawnAt = Now.AddDays(-1) }]));

        var moved = Find([Seed], ana, "US-TX", "2026-12-08T00:00:00Z", "2026-12-08T01:00:00Z");
        Assert.Null(moved!.KnownSince);
        Assert.Contains(moved.Reasons, r => r.Code == "POLICY_STATE_NOT_OFFERED");
    }

    [Fact]
    public void A_loss_is_known_since_the_same_instant_however_many_rule_sets_said_the_same_since()
    {
        var ana = Ana(V(1, Recorded, "2028-11-30"), V(2, Changed, "2026-11-30"));
        RuleSetHistory[] same =
        [
            Seed,
            .. Enumerable
                .Range(1, 200)
                .Select(n => new RuleSetHistory(Given.Rules(d => d with { Version = 1 + n }), Recorded.AddHours(n), Recorded.AddHours(n), null)),
        ];
        Assert.Equal(Changed, Late(ana, same)!.KnownSince);

        // No facilitator may serve Texas: that was so before anything was recorded.
        Assert.Null(Find(same, ana, "US-TX", "2026-12-08T00:00:00Z", "2026-12-08T01:00:00Z")!.KnownSince);
    }

    [Fact]
    public void Substitutes_are_named_as_such_and_an_unknown_facilitator_never_covers()
    {
        var session = (Given.Instant("2026-12-08T00:00:00Z"), Given.Instant("2026-12-08T01:00:00Z"));
        var history = new CoverageHistory([Seed], Now);
        var standsIn = history.Find(Therapy, Ana(V(1, Recorded, "2026-11-30")), true, [], "US-NJ", session.Item1, session.Item2);
        Assert.Contains(standsIn!.Reasons, r => r.Code == "SUBSTITUTE_NOT_AUTHORISED");
        Assert.NotNull(history.Find(Therapy, FacilitatorHistory.Unknown(Guid.CreateVersion7()), false, [], "US-NJ", session.Item1, session.Item2));
    }

    private static Loss? Late(FacilitatorHistory lead, RuleSetHistory[]? rules = null) =>
        Find(rules ?? [Seed], lead, "US-NJ", "2026-12-08T00:00:00Z", "2026-12-08T01:00:00Z");

    private static Loss? Find(RuleSetHistory[] rules, FacilitatorHistory lead, string place, string starts, string ends) =>
        new CoverageHistory(rules, Now).Find(Therapy, lead, false, [], place, Given.Instant(starts), Given.Instant(ends));

    private static FacilitatorHistory Ana(params CredentialVersion[] versions) => new(Guid.CreateVersion7(), "counselor", "US-FL", versions);

    private static CredentialVersion V(int version, DateTimeOffset recordedAt, string to, string status = "active") =>
        new(Nj, version, recordedAt, Given.Licence("US-NJ", "LPC", to, status: status));
}
