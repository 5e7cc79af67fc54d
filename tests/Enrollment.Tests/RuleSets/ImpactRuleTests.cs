using FsCheck;
using FsCheck.Fluent;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Enrollment.Tests.Licensing;
using Outcome = GroupTherapy.Enrollment.Licensing.Outcome;

namespace GroupTherapy.Enrollment.Tests.RuleSets;

/// <summary>The pure what-if: one decision for a run of sessions says what deciding each of them would.</summary>
public sealed class ImpactRuleTests
{
    [Fact]
    public void Whole_runs_decided_once_are_each_session_decided_alone()
    {
        var worlds =
            from one in Worlds.Arbitrary.Generator
            from other in Worlds.Arbitrary.Generator
            from draft in Gen.Elements(Worlds.RuleSets)
            from coming in Gen.Elements(Worlds.RuleSets)
            from begins in Gen.Choose(0, 90)
            from starts in Gen.Choose(-20, 24 * 100).ArrayOf(12)
            select (one, other, draft, coming, begins, starts);
        var (gained, lost) = (0L, 0L);
        Prop.ForAll(
                worlds.ToArbitrary(),
                world =>
                {
                    var first = new DateTimeOffset(2026, 10, 1, 0, 30, 0, TimeSpan.Zero);
                    var change = first.AddDays(world.begins).UtcTicks;
                    RulesAt before = (long at, out long until) =>
                    {
                        until = at < change ? change : long.MaxValue;
                        return at < change ? world.one.Rules : world.coming;
                    };
                    RulesAt after = (long _, out long until) =>
                    {
                        until = long.MaxValue;
                        return world.draft;
                    };
                    var sessions = new[] { world.one.Request, world.other.Request, world.one.Request }
                        .Select(facts => facts with { Point = Points.Join })
                        .SelectMany(facts => world.starts.Order().Select(hours => Session(facts, first.AddHours(hours))))
                        .ToArray();
                    var impact = new Impact(before, after).Over(sessions);

                    var expected = sessions
                        .Select(session => (session.SessionId, From: Alone(before(session.StartsAt.UtcTicks, out _), session), To: Alone(world.draft, session)))
                        .Where(pair => Impact.LetsIn(pair.From.Outcome) != Impact.LetsIn(pair.To.Outcome))
                        .ToLookup(pair => Impact.LetsIn(pair.To.Outcome));
                    Same(expected[true], impact.Gains);
                    Same(expected[false], impact.Losses);
                    Assert.Equal(sessions.Length, impact.Evaluated);
                    (gained, lost) = (gained + impact.Gained, lost + impact.Lost);
                }
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(600).WithQuietOnSuccess(true));

        // Worlds in which nothing is ever gained or lost would prove nothing.
        Assert.True(gained > 40 && lost > 40, $"{gained} gained, {lost} lost");
    }

    private static void Same(IEnumerable<(Guid SessionId, Decision From, Decision To)> expected, IReadOnlyList<ImpactItem> items) =>
        Assert.Equal(
            expected.Select(pair => (pair.SessionId, pair.From.Outcome, pair.To.Outcome, string.Join('|', pair.To.Reasons))),
            items.Select(item => (item.SessionId, item.From, item.To, string.Join('|', item.Reasons)))
        );

    [Fact]
    public void What_is_not_listed_is_counted()
    {
        var closed = Given.Rules(document =>
            document with
            {
                RoutePolicies = [.. document.RoutePolicies.Select(row => row.Id == "route-us-fl-licence" ? row with { Effect = RouteEffect.Deny } : row)],
            }
        );
        var facts = Given.Join("US-FL", Given.Ana);
        var impact = new Impact(Always(Given.Seed), Always(closed), listed: 2).Over(
            Enumerable.Range(0, 9).Select(week => Session(facts, Given.Evening.AddDays(7 * week)))
        );

        Assert.Equal((9L, 9L, 0L, 2), (impact.Evaluated, impact.Lost, impact.Gained, impact.Losses.Count));
        Assert.All(impact.Losses, loss => Assert.Equal((Outcome.Allow, Outcome.Deny, "LOCATION_NOT_AUTHORISED"), (loss.From, loss.To, loss.Reasons[0].Code)));
    }

    private static RulesAt Always(CompiledRuleSet rules) =>
        (long _, out long until) =>
        {
            until = long.MaxValue;
            return rules;
        };

    private static Decision Alone(CompiledRuleSet rules, EnrolmentSession session)
    {
        var home = session.Facts.Member.Residence is { PostalState: null } residence ? new LocationFacts(residence.Jurisdiction, session.StartsAt) : null;
        return LicensingEngine.Decide(rules, session.Facts with { Member = session.Facts.Member with { Location = home } }, session.StartsAt);
    }

    private static EnrolmentSession Session(LicensingRequest facts, DateTimeOffset at) =>
        new(Guid.CreateVersion7(), default, default, Guid.CreateVersion7(), at, facts);
}
