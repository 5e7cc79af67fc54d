using GroupTherapy.Enrollment.Licensing;
using Xunit;
using static GroupTherapy.Enrollment.Tests.Licensing.Given;

namespace GroupTherapy.Enrollment.Tests.Licensing;

/// <summary>What rows do when operators change them: begin, end, dispute, contradict. The law is data, so each test changes data only.</summary>
public sealed class RuleRowTests
{
    private static readonly RoutePolicyRow Florida = Seed.Document.RoutePolicies.Single(row => row.Id == "route-us-fl-licence");

    [Fact]
    public void A_route_that_ended_authorises_no_member()
    {
        var rules = Routes("route-us-fl-licence", row => row with { EffectiveTo = Day("2026-11-23") });
        Assert.Equal(["LOCATION_NOT_AUTHORISED"], Join("US-FL", Ana).Decide(rules).Codes());
        Assert.Equal(Outcome.Deny, Join("US-FL", Ana).Decide(rules).Outcome);
        Assert.Equal(Outcome.Deny, Join("US-FL", Ana).Enrolling().Decide(rules).Outcome);
    }

    [Fact]
    public void A_route_that_will_end_is_told_and_rechecked_at_midnight_there()
    {
        var rules = Routes("route-us-fl-licence", row => row with { EffectiveTo = Day("2026-12-14") });
        var joining = Join("US-FL", Ana).Decide(rules);
        Assert.Equal((Outcome.Allow, Instant("2026-12-15T05:00:00Z")), (joining.Outcome, joining.NextRecheckAt));
        var enrolling = Join("US-FL", Ana).Enrolling().Decide(rules);
        Assert.Equal(["ROUTE_LICENCE", "LICENCE_ENDS_BEFORE_SERIES"], enrolling.Codes());
        Assert.Equal(["ends_before_series"], enrolling.Conditions);
        Assert.Equal(["LOCATION_NOT_AUTHORISED"], Join("US-FL", Ana).AtPoint(Points.Recheck).At("2026-12-15T05:00:00Z").Decide(rules).Codes());
    }

    [Fact]
    public void A_disputed_route_holds_at_enrolment_and_denies_at_join()
    {
        var rules = Routes("route-us-fl-licence", row => row with { Confidence = Confidence.Disputed });
        Assert.Equal((Outcome.Deny, "LOCATION_NOT_AUTHORISED RULE_DISPUTED"), Short(Join("US-FL", Ana).Decide(rules)));
        Assert.Equal((Outcome.Hold, "LOCATION_NOT_AUTHORISED RULE_DISPUTED"), Short(Join("US-FL", Ana).Enrolling().Decide(rules)));
        Assert.Equal((Outcome.Deny, "LOCATION_NOT_AUTHORISED"), Short(Join("US-FL", Ben).Enrolling().Decide(rules)));
    }

    [Fact]
    public void A_disputed_route_does_not_spoil_another_that_is_open()
    {
        var rules = Routes("route-us-fl-licence", row => row with { Confidence = Confidence.Disputed });
        var both = Dee.With(Licence("US-FL", "LMHC", "2028-01-01"));
        Assert.Equal((Outcome.Allow, "ROUTE_TELEHEALTH_REGISTRATION"), Short(Chicago("US-FL", both).Decide(rules)));
    }

    [Fact]
    public void Contradicting_routes_deny_at_every_point()
    {
        var rules = Rules(document =>
            document with
            {
                RoutePolicies = [.. document.RoutePolicies, Florida with { Id = "route-us-fl-licence-2", Effect = RouteEffect.Deny }],
            }
        );
        Assert.Equal((Outcome.Deny, "LOCATION_NOT_AUTHORISED RULE_CONFLICT"), Short(Join("US-FL", Ana).Decide(rules)));
        Assert.Equal((Outcome.Deny, "LOCATION_NOT_AUTHORISED RULE_CONFLICT"), Short(Join("US-FL", Ana).Enrolling().Decide(rules)));
    }

    [Fact]
    public void Contradicting_routes_at_different_times_do_not_contradict()
    {
        var rules = Rules(document =>
            document with
            {
                RoutePolicies =
                [
                    .. document.RoutePolicies.Where(row => row != Florida),
                    Florida with
                    {
                        EffectiveTo = Day("2026-11-30"),
                    },
                    Florida with
                    {
                        Id = "route-us-fl-licence-2",
                        Effect = RouteEffect.Deny,
                        EffectiveFrom = Day("2026-12-01"),
                    },
                ],
            }
        );
        Assert.Empty(RuleSetContradictions.Find(rules.Document));
        var now = Join("US-FL", Ana).Decide(rules);
        Assert.Equal((Outcome.Allow, Instant("2026-12-01T05:00:00Z")), (now.Outcome, now.NextRecheckAt));
        Assert.Equal(Outcome.Deny, Join("US-FL", Ana).At("2026-12-01T05:00:00Z").Decide(rules).Outcome);
    }

    [Fact]
    public void Skills_rows_that_contradict_deny_and_those_that_hold_are_left_to_a_person()
    {
        var texas = Seed.Document.RoutePolicies.Single(row => row.Id == "route-us-tx-skills");
        var contradicting = Rules(document =>
            document with
            {
                RoutePolicies = [.. document.RoutePolicies, texas with { Id = "again", Effect = RouteEffect.Hold }],
            }
        );
        Assert.Equal((Outcome.Deny, "LOCATION_NOT_AUTHORISED RULE_CONFLICT"), Short(Skills("US-TX").Enrolling().Decide(contradicting)));
        var holding = Routes("route-us-tx-skills", row => row with { Effect = RouteEffect.Hold });
        Assert.Equal((Outcome.Hold, "LOCATION_NOT_AUTHORISED RULE_DISPUTED SKILLS_NEEDS_REVIEW"), Short(Skills("US-TX").Enrolling().Decide(holding)));
        Assert.Equal(Outcome.Deny, Skills("US-TX").Decide(holding).Outcome);
        Assert.Empty(Join("US-TX", Ana).Decide(holding).Alternatives);
    }

    [Fact]
    public void A_compact_counts_from_the_day_it_is_operational_on_both_sides()
    {
        var rules = Rules(document =>
            document with
            {
                CompactMembers =
                [
                    .. document.CompactMembers.Select(row =>
                        row.Id switch
                        {
                            "member-counseling-us-ks" => row with { OperationalFrom = Day("2026-12-01"), OperationalTo = Day("2026-12-31") },
                            "member-counseling-us-il" => row with
                            {
                                Status = MembershipStatus.Member,
                                Confidence = Confidence.Secondary,
                                OperationalFrom = Day("2026-12-05"),
                            },
                            _ => row,
                        }
                    ),
                ],
            }
        );
        var dee = Dee.With(Privilege("COUNSELING", "US-IL", "2027-12-31"));
        var before = Chicago("US-KS", dee).Decide(rules);
        Assert.Equal((Outcome.Deny, "LOCATION_NOT_AUTHORISED COMPACT_NOT_OPERATIONAL COMPACT_NOT_OPERATIONAL"), Short(before));
        Assert.Equal(["US-IL", "US-KS"], before.Reasons.Skip(1).Select(reason => reason.Jurisdiction));
        Assert.Equal(Instant("2026-12-01T06:00:00Z"), before.NextRecheckAt);
        Assert.Equal((Outcome.Deny, "LOCATION_NOT_AUTHORISED COMPACT_NOT_OPERATIONAL"), Short(Chicago("US-KS", dee).At("2026-12-02T00:00:00Z").Decide(rules)));
        var open = Chicago("US-KS", dee).At("2026-12-05T06:00:00Z").Decide(rules);
        Assert.Equal((Outcome.Allow, "ROUTE_COMPACT"), Short(open));
        Assert.Equal(Instant("2027-01-01T06:00:00Z"), open.NextRecheckAt);
        Assert.Equal(Outcome.Deny, Chicago("US-KS", dee).At("2027-01-01T06:00:00Z").Decide(rules).Outcome);
        Assert.Equal(Outcome.Allow, Chicago("US-KS", dee).InPerson().At("2026-12-06T00:00:00Z").Decide(rules).Outcome);
    }

    [Fact]
    public void Contradicting_memberships_deny()
    {
        var kansas = Seed.Document.CompactMembers.Single(row => row.Id == "member-psypact-us-ks");
        var rules = Rules(document =>
            document with
            {
                CompactMembers = [.. document.CompactMembers, kansas with { Id = "again", Status = MembershipStatus.NotMember }],
            }
        );
        Assert.Equal((Outcome.Deny, "LOCATION_NOT_AUTHORISED RULE_CONFLICT"), Short(Chicago("US-KS", Cara).Enrolling().Decide(rules)));
    }

    [Fact]
    public void A_practice_with_two_policies_denies()
    {
        var rules = Rules(document =>
            document with
            {
                PracticePolicies = [.. document.PracticePolicies, document.PracticePolicies[0] with { Id = "again", GraceDaysAfterMove = 1 }],
            }
        );
        Assert.Equal((Outcome.Deny, "ROUTE_LICENCE RULE_CONFLICT"), Short(Join("US-FL", Ana).Decide(rules)));
    }

    [Fact]
    public void A_practice_whose_policy_is_disputed_is_left_to_a_person()
    {
        var rules = Rules(document =>
            document with
            {
                PracticePolicies = [.. document.PracticePolicies.Select(row => row with { Confidence = Confidence.Disputed })],
            }
        );
        Assert.Equal((Outcome.Hold, "ROUTE_LICENCE RULE_DISPUTED"), Short(Join("US-FL", Ana).Enrolling().Decide(rules)));
        Assert.Equal(Outcome.Deny, Join("US-FL", Ana).Decide(rules).Outcome);
    }

    [Fact]
    public void Contradicting_ages_of_consent_deny_those_below_both()
    {
        var rule = Seed.Document.ConsentRules.Single(row => row.Jurisdiction == "US-FL");
        var rules = Rules(document => document with { ConsentRules = [.. document.ConsentRules, rule with { Id = "again", SelfConsentAge = 15 }] });
        Assert.Equal(
            (Outcome.Deny, "ROUTE_LICENCE GUARDIAN_CONSENT_MISSING RULE_CONFLICT"),
            Short(Join("US-FL", Ana).Born("2012-06-01").Enrolling().Decide(rules))
        );
        Assert.Equal(Outcome.Allow, Join("US-FL", Ana).Born("2011-06-01").Enrolling().Decide(rules).Outcome);
    }

    [Fact]
    public void A_disputed_age_of_consent_lets_no_minor_consent_alone()
    {
        var rules = Rules(document =>
            document with
            {
                ConsentRules = [.. document.ConsentRules.Select(row => row.Jurisdiction == "US-FL" ? row with { Confidence = Confidence.Disputed } : row)],
            }
        );
        Assert.Equal(
            (Outcome.Hold, "ROUTE_LICENCE GUARDIAN_CONSENT_MISSING RULE_DISPUTED"),
            Short(Join("US-FL", Ana).Born("2009-06-01").Enrolling().Decide(rules))
        );
        Assert.Equal(Outcome.Allow, Join("US-FL", Ana).Born("2009-06-01", guardian: true).Enrolling().Decide(rules).Outcome);
    }

    [Theory]
    [InlineData(Quorum.EveryPresent, "US-FL", "deny", "LOCATION_NOT_AUTHORISED", "")]
    [InlineData(Quorum.OnePresent, "US-FL", "allow_with_conditions", "ROUTE_LICENCE CO_FACILITATOR_OBSERVER_ONLY", "co_observer")]
    [InlineData(Quorum.OnePresent, "US-NY", "allow", "ROUTE_LICENCE", "")]
    [InlineData(Quorum.EveryPresent, "US-NY", "allow", "ROUTE_LICENCE", "")]
    public void The_quorum_is_the_practices_choice(Quorum quorum, string place, string outcome, string reasons, string conditions)
    {
        var rules = Rules(document => document with { PracticePolicies = [.. document.PracticePolicies.Select(row => row with { Quorum = quorum })] });
        var decision = Join(place, Ana.AsCo(), Ben).Decide(rules);
        Assert.Equal((outcome, reasons, conditions), (decision.Outcome.Wire(), string.Join(' ', decision.Codes()), string.Join(' ', decision.Conditions)));
    }

    [Fact]
    public void An_exemption_opens_without_any_credential_and_an_unsettled_one_does_nothing()
    {
        Assert.Equal((Outcome.Deny, "LOCATION_NOT_AUTHORISED"), Short(Join("US-FL", Ben).Enrolling().Decide()));
        var open = Routes("route-us-fl-exemption", row => row with { Effect = RouteEffect.Allow });
        Assert.Equal((Outcome.Allow, "ROUTE_NOT_NEEDED"), Short(Join("US-FL", Ben).Decide(open)));
    }

    [Fact]
    public void A_third_practice_in_a_new_state_is_rows()
    {
        var rules = Rules(document =>
            document with
            {
                PracticePolicies =
                [
                    .. document.PracticePolicies,
                    document.PracticePolicies[1] with
                    {
                        Id = "practice-tundra",
                        Practice = "tundra",
                        Name = "Tundra",
                        Offers = [new ServiceOffer("psychotherapy_group", ["US-AK"], true, [])],
                    },
                ],
                RoutePolicies = [.. document.RoutePolicies, Florida with { Id = "route-us-ak-licence", Jurisdiction = "US-AK" }],
            }
        );
        var ana = Ana.Only(Licence("US-AK", "LPC", "2026-11-24"));
        var decision = (Join("US-AK", ana) with { Practice = "tundra" }).Decide(rules);
        Assert.Equal((Outcome.Allow, "ROUTE_LICENCE"), Short(decision));
        Assert.Equal(Instant("2026-11-25T09:00:00Z"), decision.NextRecheckAt);
    }

    [Fact]
    public void A_policy_may_turn_the_crisis_rule_off_and_only_a_clear_one_does()
    {
        var off = Rules(document =>
            document with
            {
                PracticePolicies = [.. document.PracticePolicies.Select(row => row with { CrisisNeverDisconnects = false })],
            }
        );
        var request = Join("US-GA", Ana).AtPoint(Points.Recheck).InCrisis();
        Assert.Equal(Outcome.Deny, request.Decide(off).Outcome);
        Assert.Equal(Outcome.AllowWithConditions, request.Decide().Outcome);
        Assert.Equal(Outcome.AllowWithConditions, (request with { Practice = "nobody" }).Decide().Outcome);
    }

    private static CompiledRuleSet Routes(string id, Func<RoutePolicyRow, RoutePolicyRow> change) =>
        Rules(document => document with { RoutePolicies = [.. document.RoutePolicies.Select(row => row.Id == id ? change(row) : row)] });

    private static (Outcome, string) Short(Decision decision) => (decision.Outcome, string.Join(' ', decision.Codes()));
}
