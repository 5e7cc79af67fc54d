using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Enrollment.Licensing;

namespace GroupTherapy.Enrollment.Domain;

/// <summary>Offers free seats to the waitlist in order, and records why a member was passed over. Eligibility is checked at the moment of the offer.</summary>
internal static class Waitlist
{
    // A waitlist without an eligible member must not hold a transaction for ever; the next check goes on behind those who were passed over.
    private const int ChecksPerRun = 25;
    private static readonly TimeSpan PassedForAtMost = TimeSpan.FromDays(1);
    private static readonly TimeSpan UntilBusyMemberIsFree = TimeSpan.FromSeconds(1);

    public static void OfferFreeSeats(SeatDraft draft)
    {
        draft.FreedSeat = false;
        if (draft.Group.IsShut(draft.Now))
        {
            return;
        }

        for (var checks = 0; draft.State.FreeSeats > 0; checks++)
        {
            if (checks == ChecksPerRun || draft.State.NextWaiting(draft.Now) is not { } next)
            {
                if (checks == ChecksPerRun || !draft.State.WaitlistIsWhole)
                {
                    draft.Add(new OffersDue(draft.Now));
                }

                return;
            }

            if (draft.State.Members[next.MemberId].IsBusy)
            {
                draft.Add(new OffersDue(draft.Now + UntilBusyMemberIsFree));
                return;
            }

            Check(draft, next);
        }
    }

    private static void Check(SeatDraft draft, EnrollmentState next)
    {
        var (group, now) = (draft.Group, draft.Now);
        if (draft.State.IntakeMissing(next.MemberId))
        {
            var held = draft.Save(next, next.ChangedTo(EnrollmentStatus.Held, now) with { PassedUntil = null });
            draft.Audit("enrollment.held", next, new { group.GroupId });
            draft.TellHeld(held, WaitlistSteps.Intake, null);
            return;
        }

        var facts = SeatFacts.Of(draft.State, Points.WaitlistOffer, next.MemberId, next.Id, now);
        var answer = LicensingEngine.Decide(draft.State.Rules, facts, now);
        if (EnrollmentRules.StepAfter(answer.Outcome) is var step && step != EnrollmentStep.TakeSeat)
        {
            PassOver(draft, next, facts, answer, step);
            return;
        }

        var decision = draft.Store(next.MemberId, next.Id, facts, answer);
        var until = now + draft.Limits.Offer;
        var offered = draft.Save(
            next,
            next.ChangedTo(EnrollmentStatus.Offered, now) with
            {
                OfferExpiresAt = until,
                PassedUntil = null,
                DecisionId = decision.Id,
            }
        );
        draft.Audit(
            "waitlist.offered",
            next,
            new
            {
                group.GroupId,
                until,
                decision = decision.Id,
            }
        );
        draft.Add(new WaitlistLogged(next.Id, next.MemberId, WaitlistSteps.Offered, DecisionId: decision.Id));
        draft.Add(new InFrontLogged(next.WaitlistOrder));
        draft.Raise(new WaitlistOffered(next.Id, group.GroupId, next.MemberId, until, offered.Version, now));
    }

    private static void PassOver(SeatDraft draft, EnrollmentState next, LicensingRequest facts, Decision answer, EnrollmentStep step)
    {
        // Every change of a fact clears PassedUntil; the day covers changes that are not announced.
        var atMost = draft.Now + PassedForAtMost;
        var until = answer.NextRecheckAt is { } recheck && recheck < atMost ? recheck : atMost;
        draft.Add(new OffersDue(until));
        if (draft.State.HistoryOf(next.Id).Latest is { } before && EnrollmentRules.SaysTheSame(before, answer))
        {
            // The same answer again leaves no trace.
            draft.Save(next, next with { PassedUntil = until });
            return;
        }

        var decision = draft.Store(next.MemberId, next.Id, facts, answer);
        draft.Save(next, next with { PassedUntil = until, DecisionId = decision.Id, ChangedAt = draft.Now });
        draft.Audit(
            "waitlist.passed-over",
            next,
            new
            {
                draft.Group.GroupId,
                code = ReasonCodes.PromotionSkippedIneligible,
                decision = decision.Id,
            }
        );
        var why = step == EnrollmentStep.HoldForOperator ? WaitlistSteps.Unclear : WaitlistSteps.NotEligible;
        draft.Add(new WaitlistLogged(next.Id, next.MemberId, WaitlistSteps.PassedOver, why, decision.Id));
    }
}
