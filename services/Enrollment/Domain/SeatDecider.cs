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

        var (refusal, decision) = command switch
        {
            RequestSeat request => Request(draft, request, ref enrollment),
            ConfirmSeat confirm => Confirm(draft, enrollment!, confirm),
            CancelEnrollment cancel => End(draft, enrollment!, EndReasons.Cancelled, cancel.Note),
            RefuseEnrollment refuse => IsHeld(enrollment!) ? End(draft, enrollment!, EndReasons.Refused, refuse.Note) : (SeatRefusals.NotHeld, null),
            ReleaseEnrollment release => IsHeld(enrollment!) ? Release(draft, enrollment!, release) : (SeatRefusals.NotHeld, null),
            ExpireEnrollment => Expire(draft, enrollment!),
            ReevaluateEnrollment => Reevaluation.Reevaluate(draft, enrollment!),
            ApplyGroupChange => ChangeGroup(draft),
            OfferSeats => Offer(draft),
            _ => throw new ArgumentOutOfRangeException(nameof(command)),
        };
        if (draft.FreedSeat)
        {
            Waitlist.OfferFreeSeats(draft);
        }

        return draft.Outcome(refusal, enrollment?.Id, decision);
    }

    private static bool IsHeld(EnrollmentState e) => e.Status == EnrollmentStatus.Held || e.IsUnderReview;

    private static (Refusal?, DecisionMade?) Request(SeatDraft draft, RequestSeat request, ref EnrollmentState? enrollment)
    {
        var (state, group, member) = (draft.State, draft.Group, request.MemberId);
        if (!group.Admits(member, draft.Now))
        {
            return (SeatRefusals.GroupClosed, null);
        }

        if (state.LiveOf(member) is not null)
        {
            return (SeatRefusals.AlreadyEnrolled, null);
        }

        if (state.Members[member].Unconfirmed >= SeatGroupState.UnconfirmedAtMost)
        {
            return (SeatRefusals.TooManyUnconfirmed, null);
        }

        var id = draft.NewId();
        var decision = draft.Decide(Points.SeatHold, member, id);
        var step = EnrollmentRules.StepAfter(decision.Decision.Outcome);
        if (step == EnrollmentStep.Refuse)
        {
            draft.Add(new Audited("enrollment.refused", member, group.GroupId, new { decision = decision.Id }));
            return (SeatRefusals.NotEligible, decision);
        }

        var intakeMissing = state.IntakeMissing(member);
        // A member who takes and drops a seat again and again keeps it from the others.
        var releasedOften = state.Members[member].Releases >= draft.Times.ReleasesADay;
        var status = EnrollmentRules.FirstStatus(step, intakeMissing || releasedOften, state.NewcomerGetsSeat(draft.Now));
        DateTimeOffset? until = status == EnrollmentStatus.Reserved ? draft.Now + draft.Times.SeatHold : null;
        enrollment = draft.Save(null, new EnrollmentState(
            id, group.GroupId, member, status, EnrollmentState.Newest, until, null, null, null, null, null, null, decision.Id, null, draft.Now, draft.Now, 1));
        draft.Audit($"enrollment.{status}", enrollment, new { group.GroupId, until, decision = decision.Id });
        if (until is { } heldUntil)
        {
            draft.Raise(new SeatReserved(id, group.GroupId, member, heldUntil, 1, draft.Now));
        }
        else
        {
            var held = status == EnrollmentStatus.Held;
            var why = !held ? null : intakeMissing ? WaitlistSteps.Intake
                : step == EnrollmentStep.TakeSeat ? WaitlistSteps.ReleasedOften : WaitlistSteps.Unclear;
            draft.Add(new WaitlistLogged(id, member, held ? WaitlistSteps.Held : WaitlistSteps.Joined, why, decision.Id));
            draft.Raise(held ? new EnrollmentHeld(id, group.GroupId, member, group.Practice, 1, draft.Now)
                : (object)new EnrollmentWaitlisted(id, group.GroupId, member, group.Practice, 1, draft.Now));
        }

        return (null, decision);
    }

    private static (Refusal?, DecisionMade?) Confirm(SeatDraft draft, EnrollmentState e, ConfirmSeat command)
    {
        if (e.Status == EnrollmentStatus.Enrolled)
        {
            return (null, null);
        }

        if (!e.IsUnconfirmed || e.IsOver(draft.Now))
        {
            return (SeatRefusals.NotReserved(e.Status), null);
        }

        var (group, needed) = (draft.Group, ConsentTexts.NeededBy(draft.State.Consents, draft.Group.Practice, draft.Group.Part2));
        if (ConsentTexts.NotAsked(needed, command.Consents) is { Any: true } notAsked)
        {
            return (SeatRefusals.ConsentsNotAsked(notAsked), null);
        }

        if (ConsentTexts.Missing(needed, command.Consents) is { Count: > 0 } missing)
        {
            return (SeatRefusals.ConsentsMissing(missing), null);
        }

        var decision = draft.Decide(Points.Enrol, e.MemberId, e.Id);
        var step = EnrollmentRules.StepAfter(decision.Decision.Outcome);
        if (step == EnrollmentStep.Refuse)
        {
            // The seat stays reserved until its deadline: what changed may be put right.
            draft.Audit("enrollment.refused", e, new { decision = decision.Id });
            return (SeatRefusals.NotEligible, decision);
        }

        var settled = e with { SeatHeldUntil = null, OfferExpiresAt = null, DecisionId = decision.Id };
        var intakeMissing = draft.State.IntakeMissing(e.MemberId);
        if (step == EnrollmentStep.HoldForOperator || intakeMissing)
        {
            var held = draft.Save(e, settled.ChangedTo(EnrollmentStatus.Held, draft.Now));
            draft.Raise(new EnrollmentHeld(e.Id, group.GroupId, e.MemberId, group.Practice, held.Version, draft.Now));
            draft.Audit("enrollment.held", e, new { group.GroupId, decision = decision.Id });
            draft.Add(new WaitlistLogged(e.Id, e.MemberId, WaitlistSteps.Held, intakeMissing ? WaitlistSteps.Intake : WaitlistSteps.Unclear, decision.Id));
            draft.FreedSeat = true;
            return (null, decision);
        }

        draft.Add(new ConsentsGiven(e.Id, e.MemberId, needed));
        var enrolled = draft.Save(e, settled.ChangedTo(EnrollmentStatus.Enrolled, draft.Now));
        draft.Audit("enrollment.confirmed", e, new { group.GroupId, consents = needed.Select(n => $"{n.Document} {n.Version}"), decision = decision.Id });
        if (e.Status == EnrollmentStatus.Offered)
        {
            draft.Add(new WaitlistLogged(e.Id, e.MemberId, WaitlistSteps.Confirmed, DecisionId: decision.Id));
        }

        draft.Raise(new EnrollmentConfirmed(e.Id, group.GroupId, e.MemberId, enrolled.Version, draft.Now));
        draft.Add(new PermitsDue(e.Id));
        draft.Add(new ReevaluationDue(e.Id, draft.Now));
        return (null, decision);
    }

    private static (Refusal?, DecisionMade?) End(SeatDraft draft, EnrollmentState e, string reason, string? note)
    {
        draft.End(e, reason, note);
        return (null, null);
    }

    private static (Refusal?, DecisionMade?) Expire(SeatDraft draft, EnrollmentState e)
    {
        if (!e.IsOver(draft.Now))
        {
            return (null, null);
        }

        return e.Status switch
        {
            EnrollmentStatus.Enrolled => Reevaluation.EndGrace(draft, e),
            EnrollmentStatus.Reserved => End(draft, e, EndReasons.Expired, null),
            _ => End(draft, e, EndReasons.OfferExpired, null),
        };
    }

    // Back to the old place on the waitlist, or confirmed without an open question: if the rules say yes now.
    private static (Refusal?, DecisionMade?) Release(SeatDraft draft, EnrollmentState e, ReleaseEnrollment command)
    {
        var group = draft.Group;
        if (e.Status == EnrollmentStatus.Held && draft.State.IntakeMissing(e.MemberId))
        {
            return (SeatRefusals.IntakeMissing, null);
        }

        if (e.Status == EnrollmentStatus.Enrolled)
        {
            Reevaluation.Reevaluate(draft, e);
            var now = draft.State.Enrollments[e.Id];
            var latest = draft.State.HistoryOf(e.Id).Latest!;
            if (RefusalOf(latest) is { } unclear)
            {
                var facts = SeatFacts.OfReevaluation(draft.State, now, now.GraceUntil, draft.Now);
                return (unclear, new DecisionMade(now.LatestDecisionId, e.Id, e.MemberId, draft.State.Rules, facts, latest));
            }

            Released(draft, now, command.Note);
            return (null, null);
        }

        var decision = draft.Decide(Points.SeatHold, e.MemberId, e.Id);
        if (RefusalOf(decision.Decision) is { } refusal)
        {
            draft.Save(e, e with { DecisionId = decision.Id });
            return (refusal, decision);
        }

        var waiting = draft.Save(e, e.ChangedTo(EnrollmentStatus.Waitlisted, draft.Now) with { PassedUntil = null, DecisionId = decision.Id });
        draft.Add(new WaitlistLogged(e.Id, e.MemberId, WaitlistSteps.Released, DecisionId: decision.Id));
        draft.Raise(new EnrollmentReconsidered(
            e.Id, group.GroupId, e.MemberId, EnrollmentStatus.Waitlisted, decision.Decision.Outcome.Wire(), Reevaluation.CodesOf(decision.Decision),
                waiting.Version, draft.Now));
        Waitlist.OfferFreeSeats(draft);
        Released(draft, draft.State.Enrollments[e.Id], command.Note);
        return (null, decision);
    }

    private static Refusal? RefusalOf(Decision decision) => EnrollmentRules.StepAfter(decision.Outcome) switch
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

    private static (Refusal?, DecisionMade?) Offer(SeatDraft draft)
    {
        Waitlist.OfferFreeSeats(draft);
        return (null, null);
    }

    private static (Refusal?, DecisionMade?) ChangeGroup(SeatDraft draft)
    {
        if (!draft.Group.Closed)
        {
            return Offer(draft);
        }

        foreach (var e in draft.State.Enrollments.Values.Where(e => e.IsLive).OrderBy(e => e.Status == EnrollmentStatus.Waitlisted).ThenBy(e => e.Id))
        {
            draft.End(e, EndReasons.GroupClosed);
        }

        return (null, null);
    }
}
