using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Enrollment.Licensing;

namespace GroupTherapy.Enrollment.Domain;

/// <summary>One decision while it is made: the changes so far, and the state after them.</summary>
internal sealed class SeatDraft(SeatGroupState state, SeatContext context)
{
    private readonly List<SeatChange> _changes = [];

    public SeatGroupState State { get; private set; } = state;

    public DateTimeOffset Now => context.Now;

    public SeatLimits Limits => context.Limits;

    public SeatGroup Group => State.Group;

    /// <summary>A seat came free that the waitlist has not been asked about yet.</summary>
    public bool FreedSeat { get; set; }

    public Guid NewId() => context.NewId();

    public void Add(SeatChange change)
    {
        State = State.Apply(change);
        _changes.Add(change);
    }

    public EnrollmentState Save(EnrollmentState? before, EnrollmentState after)
    {
        Add(new EnrollmentChanged(before, after));
        return after;
    }

    public void Audit(string act, EnrollmentState e, object data) => Add(new Audited(act, e.MemberId, e.Id, data));

    public void Raise(object message) => Add(new EventRaised(message));

    /// <summary>Asks the rules and stores the answer.</summary>
    public DecisionMade Decide(string point, Guid memberId, Guid enrollmentId)
    {
        var facts = SeatFacts.Of(State, point, memberId, enrollmentId, Now);
        return Store(memberId, enrollmentId, facts, LicensingEngine.Decide(State.Rules, facts, Now));
    }

    public DecisionMade Store(Guid memberId, Guid enrollmentId, LicensingRequest facts, Decision decision)
    {
        var made = new DecisionMade(NewId(), enrollmentId, memberId, State.Rules, facts, decision);
        Add(made);
        return made;
    }

    /// <summary>Logs and tells that an operator must decide about an enrollment that has just been saved as held.</summary>
    /// <param name="why">One of <see cref="WaitlistSteps"/>.</param>
    public void TellHeld(EnrollmentState held, string why, Guid? decisionId)
    {
        Add(new WaitlistLogged(held.Id, held.MemberId, WaitlistSteps.Held, why, decisionId));
        Raise(new EnrollmentHeld(held.Id, Group.GroupId, held.MemberId, Group.Practice, held.Version, Now));
    }

    /// <summary>Ends an enrollment whatever its status, and gives its seat back.</summary>
    public void End(EnrollmentState e, string reason, string? note = null)
    {
        if (!e.IsLive)
        {
            return;
        }

        var ended = Save(e, e.ChangedTo(EnrollmentStatus.Ended, Now) with { EndReason = reason, Note = note ?? e.Note });
        Audit(
            "enrollment.ended",
            e,
            new
            {
                Group.GroupId,
                reason,
                was = e.Status,
            }
        );
        if (e.Status is EnrollmentStatus.Waitlisted or EnrollmentStatus.Held or EnrollmentStatus.Offered)
        {
            var expired = reason == EndReasons.OfferExpired;
            Add(new WaitlistLogged(e.Id, e.MemberId, expired ? WaitlistSteps.OfferExpired : WaitlistSteps.Left, expired ? null : reason));
        }

        Raise(
            e.Status == EnrollmentStatus.Enrolled
                ? new EnrollmentEnded(e.Id, Group.GroupId, e.MemberId, reason, ended.Version, Now)
                : (object)new SeatReleased(e.Id, Group.GroupId, e.MemberId, reason, ended.Version, Now)
        );
        FreedSeat |= e.HasSeat;
    }

    public SeatOutcome Outcome(Refusal? refusal, Guid? enrollmentId, DecisionMade? decision) => new(refusal, enrollmentId, decision, _changes, State);
}
