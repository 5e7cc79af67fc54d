using System.Collections.Immutable;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using static GroupTherapy.Enrollment.Tests.Licensing.Given;

namespace GroupTherapy.Enrollment.Tests.Domain;

/// <summary>States of one group without a database. Ana leads; a member lives where the test says.</summary>
internal static class SeatStates
{
    public static readonly Guid GroupId = Guid.CreateVersion7();

    private static readonly SeatLimits Limits = new(TimeSpan.FromMinutes(15), TimeSpan.FromHours(12), TimeSpan.FromMinutes(15));

    public static SeatContext Context(DateTimeOffset? now = null) => new(now ?? Evening, Limits, Guid.CreateVersion7);

    /// <summary>An empty group.</summary>
    public static SeatGroupState Group(int capacity, bool intakeFirst = false, bool closed = false) =>
        new(
            new SeatGroup(
                GroupId,
                "grouport",
                "A group",
                "psychotherapy_group",
                18,
                false,
                intakeFirst,
                Guid.CreateVersion7(),
                [],
                null,
                closed,
                capacity,
                0,
                1
            ),
            ImmutableDictionary<Guid, EnrollmentState>.Empty,
            [],
            true,
            0,
            ImmutableDictionary<Guid, MemberState>.Empty,
            ImmutableDictionary<Guid, EnrollmentHistory>.Empty,
            [Ana],
            [new ConsentDocument("telehealth", 1, "", "")],
            Seed,
            null
        );

    /// <summary>A member who is known, without an enrollment.</summary>
    public static (SeatGroupState State, Guid Member) Knowing(this SeatGroupState state, string lives = "US-FL", int unconfirmed = 0, bool intake = false)
    {
        var member = Guid.CreateVersion7();
        return (state.Living(member, lives, unconfirmed, intake), member);
    }

    public static SeatGroupState Living(this SeatGroupState state, Guid member, string lives, int unconfirmed = 0, bool intake = false)
    {
        ResidenceFacts[] home = lives.Length == 0 ? [] : [new ResidenceFacts(lives, Day("2020-01-01"))];
        return state with { Members = state.Members.SetItem(member, new MemberState(Day("1990-01-01"), home, intake, unconfirmed)) };
    }

    public static (SeatGroupState State, SeatOutcome Outcome) Do(this SeatGroupState state, SeatCommand command, DateTimeOffset? now = null)
    {
        var outcome = SeatDecider.Decide(state, command, Context(now));
        return (outcome.State!, outcome);
    }

    /// <summary>A new member asks for a seat.</summary>
    public static (SeatGroupState State, EnrollmentState Enrollment) Asked(this SeatGroupState state, string lives = "US-FL", int unconfirmed = 0)
    {
        var (known, member) = state.Knowing(lives, unconfirmed);
        var (after, outcome) = known.Do(new RequestSeat(member));
        return (after, after.Enrollments[outcome.EnrollmentId!.Value]);
    }

    public static (SeatGroupState State, EnrollmentState Enrollment) Enrolled(this SeatGroupState state, string lives = "US-FL")
    {
        var (reserved, e) = state.Asked(lives);
        var (after, _) = reserved.Do(Confirm(e));
        return (after, after.Enrollments[e.Id]);
    }

    public static ConfirmSeat Confirm(EnrollmentState e) => new(e.Id, [new GivenConsent("telehealth", 1)]);

    public static string Now(this SeatGroupState state, EnrollmentState e) => state.Enrollments[e.Id].Status;

    public static IEnumerable<string> Steps(this SeatOutcome outcome) =>
        outcome.Changes.OfType<WaitlistLogged>().Select(step => step.Code is null ? step.What : $"{step.What} {step.Code}");

    public static IEnumerable<string> Events(this SeatOutcome outcome) => outcome.Changes.OfType<EventRaised>().Select(e => e.Event.GetType().Name);
}
