using System.Collections.Immutable;
using GroupTherapy.Enrollment.Licensing;

namespace GroupTherapy.Enrollment.Domain;

/// <summary>
/// A group's seats with everything that a decision about them needs. Immutable: <see cref="Apply(SeatChange)"/> gives the state after a change, so that the
/// commands of a batch are decided one after the other.
/// </summary>
/// <param name="Group">With capacity and taken seats.</param>
/// <param name="Enrollments">Those that the commands name, and the front of the waitlist.</param>
/// <param name="Waitlist">The front of the waitlist, in order; enrollments that were passed over may be left out.</param>
/// <param name="WaitlistIsWhole">No other waitlisted member can be offered a seat now.</param>
/// <param name="Waiting">How many are waitlisted in all.</param>
/// <param name="Rules">The rule set in force now.</param>
/// <param name="RulesChangeAt">When another rule set comes into force; null when none is published.</param>
public sealed record SeatGroupState(
    SeatGroup Group,
    ImmutableDictionary<Guid, EnrollmentState> Enrollments,
    ImmutableList<Guid> Waitlist,
    bool WaitlistIsWhole,
    int Waiting,
    ImmutableDictionary<Guid, MemberState> Members,
    ImmutableDictionary<Guid, EnrollmentHistory> Histories,
    IReadOnlyList<FacilitatorFacts> Facilitators,
    IReadOnlyList<ConsentDocument> Consents,
    CompiledRuleSet Rules,
    DateTimeOffset? RulesChangeAt
)
{
    /// <summary>Reservations and offers that one member may leave unconfirmed at once.</summary>
    public const int UnconfirmedAtMost = 2;

    private ImmutableDictionary<Guid, Decision> Made { get; init; } = ImmutableDictionary<Guid, Decision>.Empty;

    public int FreeSeats => Group.Capacity - Group.Taken;

    /// <summary>Seats that changed hands since the state was loaded.</summary>
    public int SeatChanges { get; private init; }

    public EnrollmentState? LiveOf(Guid memberId) => Enrollments.Values.FirstOrDefault(e => e.MemberId == memberId && e.IsLive);

    public EnrollmentHistory HistoryOf(Guid enrollmentId) => Histories.GetValueOrDefault(enrollmentId, EnrollmentHistory.None);

    public bool IntakeMissing(Guid memberId) => Group.IntakeFirst && !Members[memberId].IntakeDone;

    /// <summary>The first waitlisted member who may be offered a seat now; null when there is none.</summary>
    public EnrollmentState? NextWaiting(DateTimeOffset now) =>
        Waitlist
            .Select(id => Enrollments[id])
            .FirstOrDefault(e => (e.PassedUntil is null || e.PassedUntil <= now) && Members[e.MemberId].Unconfirmed < UnconfirmedAtMost);

    /// <summary>Whether a newcomer gets a seat at once: one is free, and no waitlisted member comes first.</summary>
    public bool NewcomerGetsSeat(DateTimeOffset now) => FreeSeats > 0 && WaitlistIsWhole && NextWaiting(now) is null;

    public SeatGroupState Apply(SeatChange change) =>
        change switch
        {
            EnrollmentChanged { Before: var before, After: var after } => Apply(before, after),
            DecisionMade made => this with { Made = Made.SetItem(made.Id, made.Decision), Histories = Histories.SetItem(made.EnrollmentId, After(made)) },
            _ => this,
        };

    /// <summary>A member reserved, confirmed or gave back a seat, in this group or in another one of the batch.</summary>
    public SeatGroupState WithUnconfirmed(Guid memberId, int change) =>
        change != 0 && Members.TryGetValue(memberId, out var member)
            ? this with
            {
                Members = Members.SetItem(memberId, member with { Unconfirmed = member.Unconfirmed + change }),
            }
            : this;

    /// <summary>By how much an enrollment's change moves the member's count of unconfirmed seats.</summary>
    public static int UnconfirmedChange(EnrollmentState? before, EnrollmentState after) => Count(after.IsUnconfirmed) - Count(before?.IsUnconfirmed == true);

    private SeatGroupState WithRelease(EnrollmentState? before, EnrollmentState after) =>
        before is { IsLive: true }
        && !after.IsLive
        && after.EndReason is EndReasons.Cancelled or EndReasons.Expired
        && Members.TryGetValue(after.MemberId, out var member)
            ? this with
            {
                Members = Members.SetItem(after.MemberId, member with { Releases = member.Releases + 1 }),
            }
            : this;

    private SeatGroupState Apply(EnrollmentState? before, EnrollmentState after)
    {
        var (hadSeat, waited, waits) = (before?.HasSeat == true, before?.Status == EnrollmentStatus.Waitlisted, after.Status == EnrollmentStatus.Waitlisted);
        var state = this with
        {
            Group = Group with { Taken = Group.Taken + Count(after.HasSeat) - Count(hadSeat) },
            Enrollments = Enrollments.SetItem(after.Id, after),
            Waiting = Waiting + Count(waits) - Count(waited),
            SeatChanges = SeatChanges + Count(hadSeat != after.HasSeat),
            Waitlist =
                waits == waited ? Waitlist
                : waits ? Queued(after)
                : Waitlist.Remove(after.Id),
            Histories = Made.TryGetValue(after.LatestDecisionId, out var latest)
                ? Histories.SetItem(after.Id, HistoryOf(after.Id) with { Latest = latest })
                : Histories,
        };
        return state.WithUnconfirmed(after.MemberId, UnconfirmedChange(before, after)).WithRelease(before, after);
    }

    // Behind a front that was cut off no position is known; the next load of the waitlist finds them.
    private ImmutableList<Guid> Queued(EnrollmentState e)
    {
        var at = Waitlist.FindIndex(id => Enrollments[id].WaitlistOrder > e.WaitlistOrder);
        return at >= 0 ? Waitlist.Insert(at, e.Id)
            : WaitlistIsWhole ? Waitlist.Add(e.Id)
            : Waitlist;
    }

    private EnrollmentHistory After(DecisionMade made)
    {
        var (history, service) = (HistoryOf(made.EnrollmentId), made.Facts.Group.ServiceClass);
        var enrols = history.EnrolledUnder is null && made.Facts.Point == Points.Enrol && made.Decision.Outcome <= Outcome.AllowWithConditions;
        history = history with { RequestedServiceClass = history.RequestedServiceClass ?? service };
        return enrols ? history with { EnrolledUnder = made.Decision.RuleSet.Version, EnrolledServiceClass = service } : history;
    }

    private static int Count(bool holds) => holds ? 1 : 0;
}
