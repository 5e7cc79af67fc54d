using FsCheck;
using FsCheck.Fluent;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Scheduling.Domain;
using Xunit;

namespace GroupTherapy.Scheduling.Tests;

public sealed class SubstituteRulesTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 25, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset End = Start.AddHours(1);

    [Theory]
    [InlineData(null, null, null)]
    [InlineData(0, 60, null)]
    [InlineData(-1, 61, null)]
    [InlineData(null, 59, "cover-ends-before")]
    [InlineData(null, 0, "cover-ends-before")]
    [InlineData(null, -100, "cover-ends-before")]
    [InlineData(1, null, "cover-begins-later")]
    [InlineData(60, 600, "cover-begins-later")]
    [InlineData(10, 50, "cover-begins-later")]
    public void Only_cover_from_beginning_to_end_counts(int? from, int? until, string? why)
    {
        var served = new PlaceServed("US-NY", from is { } f ? Start.AddMinutes(f) : null, until is { } u ? Start.AddMinutes(u) : null);
        var (covers, uncovered) = SubstituteRules.Split([new MembersByJurisdiction("US-NY", 3)], [served], Start, End);
        Assert.Equal(why is null ? [new CoveredPlace("US-NY", 3)] : [], covers);
        Assert.Equal(why is null ? [] : [new UncoveredPlace("US-NY", 3, why)], uncovered);
    }

    [Fact]
    public void A_gap_within_the_session_and_an_unlisted_jurisdiction_are_uncovered()
    {
        PlaceServed[] served =
        [
            new("US-NY", null, Start.AddMinutes(20)),
            new("US-NY", Start.AddMinutes(30), null),
            new("US-FL", null, Start.AddMinutes(-5)),
            new("US-FL", Start.AddMinutes(-4), null),
        ];
        var (covers, uncovered) = SubstituteRules.Split([new("US-NY", 1), new("US-FL", 2), new("UNKNOWN", 4), new("US-NJ", 0)], served, Start, End);
        Assert.Equal([new CoveredPlace("US-FL", 2)], covers);
        Assert.Equal([new UncoveredPlace("UNKNOWN", 4, "no-cover"), new UncoveredPlace("US-NY", 1, "cover-ends-before")], uncovered);
    }

    [Fact]
    public void Substitutes_are_ranked_free_first_then_by_members_left_uncovered_then_the_groups_own_then_by_name()
    {
        Substitute[] all =
        [
            One("Busy but whole", left: 0, busy: true),
            One("Zoe", left: 1),
            One("Leaves two", left: 2),
            One("Abel", left: 1),
            One("Knows them", left: 1),
        ];
        var ranked = SubstituteRules.Rank(all, [all[4].FacilitatorId]);
        Assert.Equal(["Knows them", "Abel", "Zoe", "Leaves two", "Busy but whole"], ranked.Select(s => s.DisplayName));
    }

    [Fact]
    public void The_ranking_does_not_depend_on_the_order_of_the_candidates_and_loses_none() =>
        Prop.ForAll(
                (from left in Gen.Choose(0, 3) from busy in Gen.Elements(true, false) from name in Gen.Elements("Ana", "Ben") select One(name, left, busy))
                    .ListOf(6)
                    .ToArbitrary(),
                Gen.Choose(0, 1000).ToArbitrary(),
                (candidates, seed) =>
                {
                    Substitute[] shuffled = [.. candidates];
                    new Random(seed).Shuffle(shuffled);
                    var (one, other) = (SubstituteRules.Rank(candidates, []), SubstituteRules.Rank(shuffled, []));
                    return one.Select(s => s.FacilitatorId).SequenceEqual(other.Select(s => s.FacilitatorId))
                        && one.Count == candidates.Count
                        && one.Zip(one.Skip(1)).All(p => (p.First.Busy, p.First.Left).CompareTo((p.Second.Busy, p.Second.Left)) <= 0);
                }
            )
            .Check(Config.QuickThrowOnFailure.WithQuietOnSuccess(true));

    private static Substitute One(string name, int left, bool busy = false) =>
        new(Guid.CreateVersion7(), name, "counselor", [], [], left == 0 ? [] : [new UncoveredPlace("US-NJ", left, SubstituteRules.NoCover)], busy);
}
