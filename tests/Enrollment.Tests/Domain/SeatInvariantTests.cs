using FsCheck;
using FsCheck.Fluent;
using GroupTherapy.Enrollment.Domain;
using static GroupTherapy.Enrollment.Tests.Domain.SeatStates;
using static GroupTherapy.Enrollment.Tests.Licensing.Given;

namespace GroupTherapy.Enrollment.Tests.Domain;

/// <summary>Invariant I2 over any order of commands, moves and instants, without a database.</summary>
public sealed class SeatInvariantTests
{
    private const int People = 6;
    private static readonly string[] Homes = ["US-FL", "US-FL", "US-NY", "US-TX", ""];

    [Fact]
    public void Seats_are_never_oversold_and_no_member_has_two()
    {
        var step = from kind in Gen.Choose(0, 9) from who in Gen.Choose(0, People - 1) from minutes in Gen.Choose(0, 400) select (kind, who, minutes);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(Arb.From(step.ArrayOf(60)), Holds));
    }

    private static bool Holds((int Kind, int Who, int Minutes)[] steps)
    {
        var (state, now) = (Group(2), Evening);
        var people = Enumerable.Range(0, People).Select(_ => Guid.CreateVersion7()).ToArray();
        state = people.Aggregate(state, (s, p) => s.Living(p, "US-FL"));
        foreach (var (kind, who, minutes) in steps)
        {
            now += TimeSpan.FromMinutes(minutes);
            var (before, e) = (state, state.LiveOf(people[who]));
            SeatCommand? command = (kind, e) switch
            {
                (0 or 1, _) => new RequestSeat(people[who]),
                (2, { IsUnconfirmed: true }) => Confirm(e),
                (3, not null) => new CancelEnrollment(e.Id, null),
                (4, not null) => new ExpireEnrollment(e.Id),
                (5, not null) => new ReevaluateEnrollment(e.Id),
                (6, not null) => new ReleaseEnrollment(e.Id, "A test."),
                (7, _) => new OfferSeats(),
                _ => null,
            };
            if (kind == 8)
            {
                state = state with { Members = state.Members.SetItem(people[who], state.Members[people[who]] with { Residences = Home(minutes) }) };
            }
            else if (kind == 9)
            {
                state = state with { Group = state.Group with { Capacity = 1 + minutes % 3 } };
            }

            if (command is not null)
            {
                state = state.Do(command, now).State;
            }

            Assert.Equal(state.Enrollments.Values.Count(x => x.HasSeat), state.Group.Taken);
            Assert.True(state.Group.Taken <= Math.Max(state.Group.Capacity, before.Group.Taken), "a seat was oversold");
            Assert.Equal(state.Enrollments.Values.Count(x => x.Status == "waitlisted"), state.Waiting);
            Assert.All(people, p => Assert.True(state.Enrollments.Values.Count(x => x.MemberId == p && x.IsLive) <= 1, "a member is enrolled twice"));
            Assert.All(people, p => Assert.Equal(state.Enrollments.Values.Count(x => x.MemberId == p && x.IsUnconfirmed), state.Members[p].Unconfirmed));
            Assert.All(state.Enrollments.Values, x => Assert.Equal(x.Status is "reserved" or "offered", x.IsUnconfirmed && x.Deadline is not null));
        }

        return true;
    }

    private static Enrollment.Licensing.ResidenceFacts[] Home(int choice) =>
        Homes[choice % Homes.Length] is { Length: > 0 } place ? [new Enrollment.Licensing.ResidenceFacts(place, Day("2020-01-01"))] : [];
}
