using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Enrollment.Licensing;

namespace GroupTherapy.Enrollment.Domain;

/// <summary>Decides commands about a group's seats. Pure: state, command and instant in; a refusal or changes out.</summary>
public static class SeatDecider
{
    public static SeatOutcome Decide(SeatGroupState state, SeatCommand command, SeatContext context)
    {
        var draft = new SeatDraft(state, context);
        var enrollment = command is EnrollmentCommand about ? state.Enrollments.GetValueOrDefault(about.EnrollmentId) : null;
        if (command is EnrollmentCommand && enrollment is null)
        {
            return draft.Outcome(SeatRefusals.NotYetKnown, null, null);
        }

        var verdict = command switch
        {
            RequestSeat request => Request(draft, request),
            ConfirmSeat confirm => Confirm(draft, enrollment!, confirm),
            ReleaseEnrollment release => IsHeld(enrollment!) ? Release(draft, enrollment!, release) : SeatRefusals.NotHeld,
            RefuseEnrollment when !IsHeld(enrollment!) => SeatRefusals.NotHeld,
            _ => Apply(draft, enrollment, command),
        };
        if (draft.FreedSeat)
        {
            Waitlist.OfferFreeSeats(draft);
        }

        return draft.Outcome(verdict.Refusal, verdict.Requested ?? enrollment?.Id, verdict.Decision);
    }

    // Commands that are always carried out and answer with nothing of their own.
    private static Verdict Apply(SeatDraft draft, EnrollmentState? enrollment, SeatCommand command)
    {
        switch (command)
        {
            case CancelEnrollment cancel:
                draft.End(enrollment!, EndReasons.Cancelled, cancel.Note);
                break;
            case RefuseEnrollment refuse:
                draft.End(enrollment!, EndReasons.Refused, refuse.Note);
                break;
            case ExpireEnrollment:
                Expire(draft, enrollment!);
                break;
            case ReevaluateEnrollment:
                Reevaluation.Reevaluate(draft, enrollment!);
                break;
            case ApplyGroupChange change:
                ChangeGroup(draft, change.IsOver);
                break;
            case OfferSeats:
                Waitlist.OfferFreeSeats(draft);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(command));
        }

        return default;
    }

    private static bool IsHeld(EnrollmentState e) => e.Status == EnrollmentStatus.Held || e.IsUnderReview;

    private static Verdict Request(SeatDraft draft, RequestSeat request)
    {
        var (state, group, member) = (draft.State, draft.Group, request.MemberId);
        if (!group.Admits(member, draft.Now))
        {
            return SeatRefusals.GroupClosed;
        }

        if (state.LiveOf(member) is not null)
        {
            return SeatRefusals.AlreadyEnrolled;
        }

        if (state.Members[member].Unconfirmed >= SeatGroupState.UnconfirmedAtMost)
        {
            return SeatRefusals.TooManyUnconfirmed;
        }

        var id = draft.NewId();
        var decision = draft.Decide(Points.SeatHold, member, id);
        var step = EnrollmentRules.StepAfter(decision.Decision.Outcome);
        if (step == EnrollmentStep.Refuse)
        {
            draft.Add(new Audited("enrollment.refused", member, group.GroupId, new { decision = decision.Id }));
            return new Verdict(SeatRefusals.NotEligible, decision);
        }

        var intakeMissing = state.IntakeMissing(member);
        // A member who takes and drops a seat again and again keeps it from the others.
        var releasedOften = state.Members[member].Releases >= draft.Limits.ReleasesADay;
        var status = EnrollmentRules.FirstStatus(step, intakeMissing || releasedOften, state.NewcomerGetsSeat(draft.Now));
        DateTimeOffset? until = status == EnrollmentStatus.Reserved ? draft.Now + draft.Limits.SeatHold : null;
        var enrollment = draft.Save(null, EnrollmentState.Requested(id, group.GroupId, member, status, until, decision.Id, draft.Now));
        draft.Audit(
            $"enrollment.{status}",
            enrollment,
            new
            {
                group.GroupId,
                until,
                decision = decision.Id,
            }
        );
        switch (status)
        {
            case EnrollmentStatus.Reserved:
                draft.Raise(new SeatReserved(id, group.GroupId, member, until!.Value, 1, draft.Now));
                break;
            case EnrollmentStatus.Held:
                var why =
                    intakeMissing ? WaitlistSteps.Intake
                    : step == EnrollmentStep.TakeSeat ? WaitlistSteps.ReleasedOften
                    : WaitlistSteps.Unclear;
                draft.TellHeld(enrollment, why, decision.Id);
                break;
            default:
                draft.Add(new WaitlistLogged(id, member, WaitlistSteps.Joined, DecisionId: decision.Id));
                draft.Raise(new EnrollmentWaitlisted(id, group.GroupId, member, group.Practice, 1, draft.Now));
                break;
        }

        return new Verdict(null, decision, id);
    }

    private static Verdict Confirm(SeatDraft draft, EnrollmentState e, ConfirmSeat command)
    {
        if (e.Status == EnrollmentStatus.Enrolled)
        {
            return default;
        }

        if (!e.IsUnconfirmed || e.IsOver(draft.Now))
        {
            return SeatRefusals.NotReserved(e.Status);
        }

        var (group, needed) = (draft.Group, ConsentTexts.NeededBy(draft.State.Consents, draft.Group.Practice, draft.Group.Part2));
        if (ConsentTexts.NotAsked(needed, command.Consents) is { Any: true } notAsked)
        {
            return SeatRefusals.ConsentsNotAsked(notAsked);
        }

        if (ConsentTexts.Missing(needed, command.Consents) is { Count: > 0 } missing)
        {
            return SeatRefusals.ConsentsMissing(missing);
        }

        var decision = draft.Decide(Points.Enrol, e.MemberId, e.Id);
        var step = EnrollmentRules.StepAfter(decision.Decision.Outcome);
        if (step == EnrollmentStep.Refuse)
        {
            // The seat stays reserved until its deadline: the changed fact may be corrected.
            draft.Audit("enrollment.refused", e, new { decision = decision.Id });
            return new Verdict(SeatRefusals.NotEligible, decision);
        }

        var settled = e with { SeatHeldUntil = null, OfferExpiresAt = null, DecisionId = decision.Id };
        var intakeMissing = draft.State.IntakeMissing(e.MemberId);
        if (step == EnrollmentStep.HoldForOperator || intakeMissing)
        {
            var held = draft.Save(e, settled.ChangedTo(EnrollmentStatus.Held, draft.Now));
            draft.Audit("enrollment.held", e, new { group.GroupId, decision = decision.Id });
            draft.TellHeld(held, intakeMissing ? WaitlistSteps.Intake : WaitlistSteps.Unclear, decision.Id);
            draft.FreedSeat = true;
            return new Verdict(null, decision);
        }

        draft.Add(new ConsentsGiven(e.Id, e.MemberId, needed));
        var enrolled = draft.Save(e, settled.ChangedTo(EnrollmentStatus.Enrolled, draft.Now));
        draft.Audit(
            "enrollment.confirmed",
            e,
            new
            {
                group.GroupId,
                consents = needed.Select(n => $"{n.Document} {n.Version}"),
                decision = decision.Id,
            }
        );
        if (e.Status == EnrollmentStatus.Offered)
        {
            draft.Add(new WaitlistLogged(e.Id, e.MemberId, WaitlistSteps.Confirmed, DecisionId: decision.Id));
        }

        draft.Raise(new EnrollmentConfirmed(e.Id, group.GroupId, e.MemberId, enrolled.Version, draft.Now));
        draft.Add(new PermitsDue(e.Id));
        draft.Add(new ReevaluationDue(e.Id, draft.Now));
        return new Verdict(null, decision);
    }

    private static void Expire(SeatDraft draft, EnrollmentState e)
    {
        if (!e.IsOver(draft.Now))
        {
            return;
        }

        if (e.Status == EnrollmentStatus.Enrolled)
        {
            Reevaluation.EndGrace(draft, e);
        }
        else
        {
            draft.End(e, e.Status == EnrollmentStatus.Reserved ? EndReasons.Expired : EndReasons.OfferExpired);
        }
    }

    // Back to the old position on the waitlist, or confirmed without an open question: if the rules say yes now.
    private static Verdict Release(SeatDraft draft, EnrollmentState e, ReleaseEnrollment command)
    {
        var group = draft.Group;
        if (e.Status == EnrollmentStatus.Held && draft.State.IntakeMissing(e.MemberId))
        {
            return SeatRefusals.IntakeMissing;
        }

        if (e.Status == EnrollmentStatus.Enrolled)
        {
            Reevaluation.Reevaluate(draft, e);
            var now = draft.State.Enrollments[e.Id];
            var latest = draft.State.HistoryOf(e.Id).Latest!;
            if (RefusalOf(latest) is { } unclear)
            {
                var facts = SeatFacts.OfReevaluation(draft.State, now, now.GraceUntil, draft.Now);
                return new Verdict(unclear, new DecisionMade(now.LatestDecisionId, e.Id, e.MemberId, draft.State.Rules, facts, latest));
            }

            Released(draft, now, command.Note);
            return default;
        }

        var decision = draft.Decide(Points.SeatHold, e.MemberId, e.Id);
        if (RefusalOf(decision.Decision) is { } refusal)
        {
            draft.Save(e, e with { DecisionId = decision.Id });
            return new Verdict(refusal, decision);
        }

        var waiting = draft.Save(e, e.ChangedTo(EnrollmentStatus.Waitlisted, draft.Now) with { PassedUntil = null, DecisionId = decision.Id });
        draft.Add(new WaitlistLogged(e.Id, e.MemberId, WaitlistSteps.Released, DecisionId: decision.Id));
        draft.Raise(
            new EnrollmentReconsidered(
                e.Id,
                group.GroupId,
                e.MemberId,
                EnrollmentStatus.Waitlisted,
                decision.Decision.Outcome.Wire(),
                Reevaluation.CodesOf(decision.Decision),
                waiting.Version,
                draft.Now
            )
        );
        Waitlist.OfferFreeSeats(draft);
        Released(draft, draft.State.Enrollments[e.Id], command.Note);
        return new Verdict(null, decision);
    }

    private static Refusal? RefusalOf(Decision decision) =>
        EnrollmentRules.StepAfter(decision.Outcome) switch
        {
            EnrollmentStep.HoldForOperator => SeatRefusals.StillHeld,
            EnrollmentStep.Refuse => SeatRefusals.CannotBeReleased,
            _ => null,
        };

    private static void Released(SeatDraft draft, EnrollmentState e, string note)
    {
        draft.Save(e, e with { Note = note });
        draft.Audit("enrollment.released", e, new { draft.Group.GroupId });
    }

    private static void ChangeGroup(SeatDraft draft, bool isOver)
    {
        if (!draft.Group.Closed)
        {
            Waitlist.OfferFreeSeats(draft);
            return;
        }

        foreach (var e in draft.State.Enrollments.Values.Where(e => e.IsLive).OrderBy(e => e.Status == EnrollmentStatus.Waitlisted).ThenBy(e => e.Id))
        {
            draft.End(e, isOver ? EndReasons.SeriesOver : EndReasons.GroupClosed);
        }
    }

    /// <summary>The outcome of a command: a refusal, or accepted.</summary>
    /// <param name="Decision">Made on the way, or the one that a refusal rests on.</param>
    /// <param name="Requested">The new enrollment of a request.</param>
    private readonly record struct Verdict(Refusal? Refusal, DecisionMade? Decision = null, Guid? Requested = null)
    {
        public static implicit operator Verdict(Refusal refusal) => new(refusal);
    }
}
