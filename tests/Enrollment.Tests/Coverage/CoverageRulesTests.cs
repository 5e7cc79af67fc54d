using FsCheck;
using FsCheck.Fluent;
using GroupTherapy.Enrollment.Api;
using GroupTherapy.Enrollment.Consumers;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Enrollment.Tests.Licensing;
using GroupTherapy.Enrollment.Workers;
using Outcome = GroupTherapy.Enrollment.Licensing.Outcome;

namespace GroupTherapy.Enrollment.Tests.Coverage;

public sealed class CoverageRulesTests
{
    private static readonly CoverageGroup Therapy = new("grouport", "psychotherapy_group", 18, "video");
    private static readonly IReadOnlyList<RulesFrom> Seed = [new(Given.Evening, Given.Seed)];

    [Theory]
    [InlineData("US-FL", "2027-04-01T04:00:00Z")]
    [InlineData("US-NY", "2027-09-01T04:00:00Z")]
    [InlineData("US-NJ", "2026-12-01T05:00:00Z")]
    public void Ana_serves_each_of_her_states_to_the_last_midnight_of_its_capital(string place, string until) =>
        Assert.Equal([new ServedPeriod(Given.Evening, Given.Instant(until))], Times(Given.Ana, place));

    [Theory]
    [InlineData("US-TX")]
    [InlineData("US-IL")]
    [InlineData("UNKNOWN")]
    [InlineData("FOREIGN")]
    public void No_facilitator_covers_a_jurisdiction_that_is_not_offered_or_not_known(string place) => Assert.Empty(Times(Given.Ana, place));

    [Fact]
    public void Ben_covers_New_York_alone_and_an_instructor_the_skills_group_everywhere_it_is_offered()
    {
        Assert.Equal(["US-NY"], new[] { "US-FL", "US-NJ", "US-NY" }.Where(place => Times(Given.Ben, place).Count > 0));
        var skills = Therapy with { ServiceClass = "skills_education" };
        var places = CoverageRules.Places(Seed, skills, ["US-PR", "UNKNOWN"]);
        Assert.Equal(53, places.Count);
        Assert.Equal(["UNKNOWN", "US-PR"], places.Where(place => CoverageRules.PeriodsServed(Seed, skills, [Given.Eli], place, Given.Evening).Count == 0));
    }

    [Fact]
    public void A_renewal_that_follows_at_once_makes_one_time_and_one_with_a_gap_makes_two()
    {
        var followed = Given.Ana.Only(Given.Licence("US-NJ", "LPC", "2026-11-30"), Given.Licence("US-NJ", "LPC", "2028-11-30", from: "2026-12-01"));
        Assert.Equal([new ServedPeriod(Given.Evening, Given.Instant("2028-12-01T05:00:00Z"))], Times(followed, "US-NJ"));
        var late = Given.Ana.Only(Given.Licence("US-NJ", "LPC", "2026-11-30"), Given.Licence("US-NJ", "LPC", "2028-11-30", from: "2026-12-15"));
        Assert.Equal(
            [
                new ServedPeriod(Given.Evening, Given.Instant("2026-12-01T05:00:00Z")),
                new ServedPeriod(Given.Instant("2026-12-15T05:00:00Z"), Given.Instant("2028-12-01T05:00:00Z")),
            ],
            Times(late, "US-NJ")
        );
    }

    [Fact]
    public void Rules_that_are_published_for_later_end_a_cover_when_they_begin()
    {
        var without = Given.Rules(d => d with { RoutePolicies = [.. d.RoutePolicies.Where(row => row.Id != "route-us-fl-licence")] });
        var begins = Given.Instant("2026-12-15T05:00:00Z");
        IReadOnlyList<RulesFrom> rules = [.. Seed, new(begins, without), new(begins.AddDays(7), Given.Seed)];
        Assert.Equal(
            [new ServedPeriod(Given.Evening, begins), new ServedPeriod(begins.AddDays(7), Given.Instant("2027-04-01T04:00:00Z"))],
            CoverageRules.PeriodsServed(rules, Therapy, [Given.Ana], "US-FL", Given.Evening)
        );
    }

    [Fact]
    public void A_cover_says_what_the_engine_would_answer_a_member_there_at_any_instant_of_a_session() =>
        Prop.ForAll(
                (
                    from world in Worlds.Arbitrary.Generator
                    from place in Gen.Elements("US-FL", "US-NY", "US-NJ", "US-IL", "US-KS", "US-GA", "UNKNOWN")
                    from later in Gen.Choose(0, 90 * 24 * 60)
                    from minutes in Gen.Choose(15, 180)
                    from seed in Gen.Elements(true, false)
                    select (world, place, later, minutes, seed)
                ).ToArbitrary(),
                asked =>
                {
                    var (request, from) = (asked.world.Request, asked.world.Request.At);
                    var group = new CoverageGroup(request.Practice, request.Group.ServiceClass, request.Group.MinimumAge, request.Modality);
                    var turn = from.AddDays(30);
                    IReadOnlyList<RulesFrom> rules = asked.seed ? [new(from, asked.world.Rules), new(turn, Given.Seed)] : [new(from, asked.world.Rules)];
                    var served = CoverageRules.PeriodsServed(rules, group, request.Facilitators, asked.place, from);
                    var begins = from.AddMinutes(asked.later);
                    return Enumerable
                        .Range(0, 13)
                        .Select(i => begins.AddTicks(asked.minutes * TimeSpan.TicksPerMinute / 12 * i))
                        .Concat(served.Select(t => t.From))
                        .Concat(served.Select(t => t.Until ?? begins))
                        .All(at =>
                        {
                            var member = new MemberFacts(
                                "m",
                                Given.Day("1990-06-15"),
                                new ResidenceFacts(asked.place),
                                new LocationFacts(asked.place, at.AddMinutes(-2))
                            );
                            var answer = LicensingEngine.Decide(rules.Last(r => r.From <= at).Rules, request with { Point = Points.Join, Member = member }, at);
                            return (answer.Outcome <= Outcome.AllowWithConditions) == served.Any(t => t.From <= at && (t.Until is null || at < t.Until));
                        });
                }
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(1500).WithQuietOnSuccess(true));

    [Fact]
    public void Times_are_in_order_and_never_touch() =>
        Prop.ForAll(
                Worlds.Arbitrary,
                world =>
                {
                    var r = world.Request;
                    var served = CoverageRules.PeriodsServed(
                        [new(r.At, world.Rules)],
                        new(r.Practice, r.Group.ServiceClass, r.Group.MinimumAge, r.Modality),
                        r.Facilitators,
                        "US-FL",
                        r.At
                    );
                    return served.All(t => t.Until is null || t.Until > t.From) && served.Zip(served.Skip(1)).All(p => p.First.Until < p.Second.From);
                }
            )
            .Check(Config.QuickThrowOnFailure.WithQuietOnSuccess(true));

    private static IReadOnlyList<ServedPeriod> Times(FacilitatorFacts lead, string place) =>
        CoverageRules.PeriodsServed(Seed, Therapy, [lead], place, Given.Evening);
}
