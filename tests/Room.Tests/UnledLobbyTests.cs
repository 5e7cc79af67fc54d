using GroupTherapy.Contracts.Room.V1;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Room.Domain;

namespace GroupTherapy.Room.Tests;

/// <summary>The deadline at which a lobby without a facilitator is told to Scheduling, which may be reached late.</summary>
public sealed class UnledLobbyTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 24, 0, 0, 0, TimeSpan.Zero);
    private static readonly Guid Session = Guid.CreateVersion7();
    private static readonly Guid Lead = Guid.CreateVersion7();

    [Theory]
    [InlineData(-3, true)]
    [InlineData(5, true)]
    [InlineData(6, false)]
    public void A_late_deadline_tells_only_what_no_members_coming_has_told(int waitingSinceMinute, bool told)
    {
        var now = Start.AddMinutes(10);
        var plan = new SessionSnapshot(
            Session, Guid.CreateVersion7(), "grouport", "psychotherapy_group", "video", Start, Start.AddHours(1), "UTC", Lead, [], 10, 30, true, false, 1);
        var made = RoomDecider.DecideNew(RoomTimes.Default, new SessionKey(Session, new byte[32]), new ApplyPlan(plan, [1]), Start.AddDays(-1)).State!;
        var member = new Participant(
            Guid.CreateVersion7(),
            Guid.CreateVersion7(),
            RoomRoles.Member,
            "Blue Heron 7",
            Admissions.Waiting,
            Present: true,
            WaitingSince: Start.AddMinutes(waitingSinceMinute));
        var room = made with
        {
            Session = made.Session with { Phase = Phases.Lobby },
            Participants = made.Participants.Add(member.ParticipantId, member),
        };

        var decision = RoomDecider.Decide(room, new DeadlineReached(Session, Deadlines.Unled, Guid.Empty), now);
        Assert.Equal(told ? 1 : 0, decision.Changes.Messages.OfType<FacilitatorLost>().Count());
    }
}
