using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Enrollment.Licensing;

namespace GroupTherapy.Enrollment.Domain;

/// <summary>
/// Asks the rules again about a live enrollment and applies the answer: a grace begins or is taken back, an operator must look, a seat is given up.
/// An answer that says the same as the one before leaves no trace.
/// </summary>
internal static class Reevaluation
{
    private static readonly TimeSpan AtLeastEvery = TimeSpan.FromHours(12);

    public static string[] CodesOf(Decision decision) => [.. decision.Reasons.Select(r => r.Code).Distinct()];

    public static void Reevaluate(SeatDraft draft, EnrollmentState e)
    {
        if (!e.IsLive)
        {
            return;
        }

        // Once a grace is over, the last decision belongs to its deadline.
        var known = e.Status == EnrollmentStatus.Enrolled && e.IsOver(draft.Now) ? null : Ask(draft, e);
        if (e.Status == EnrollmentStatus.Enrolled)
        {
            DateTimeOffset?[] instants = [known, draft.State.RulesChangeAt, draft.Now + AtLeastEvery];
            draft.Add(new ReevaluationDue(e.Id, instants.Where(at => at > draft.Now).Min()!.Value));
        }
    }

    /// <summary>The grace is over: the rules are asked a last time, and a member who is still not allowed gives up the seat.</summary>
    public static void EndGrace(SeatDraft draft, EnrollmentState e)
    {
        var facts = SeatFacts.OfReevaluation(draft.State, e, e.GraceUntil, draft.Now);
        var answer = LicensingEngine.Decide(draft.State.Rules, facts, draft.Now);
        if (EnrollmentRules.StepAfter(answer.Outcome) == EnrollmentStep.TakeSeat)
        {
            Apply(draft, e, facts, answer, new EligibilityStatus(null, null));
            return;
        }

        var confirmed = draft.State.HistoryOf(e.Id).ConfirmedJurisdiction;
        var decision = draft.Store(e.MemberId, e.Id, facts, answer);
        draft.End(draft.Save(e, e with { StandingDecisionId = decision.Id }), EnrollmentRules.EndReason(confirmed, facts.Member.Residence?.Jurisdiction));
    }

    /// <returns>When the answer may be another one by what is known now; null when nothing known changes it.</returns>
    private static DateTimeOffset? Ask(SeatDraft draft, EnrollmentState e)
    {
        var (state, now) = (draft.State, draft.Now);
        var facts = SeatFacts.OfReevaluation(state, e, e.GraceUntil, now);
        var answer = LicensingEngine.Decide(state.Rules, facts, now);
        var before = new EligibilityStatus(e.GraceUntil, e.ReviewSince);
        var after = e.Status == EnrollmentStatus.Enrolled ? EnrollmentRules.After(answer.Outcome, before, now, GraceDays(state)) : before;
        if (after.GraceUntil != e.GraceUntil && after.GraceUntil is { } until)
        {
            // That the seat is kept is among the reasons, so the member reads it with them.
            facts = SeatFacts.OfReevaluation(state, e, until, now);
            answer = LicensingEngine.Decide(state.Rules, facts, now);
        }

        if (after != before || state.HistoryOf(e.Id).Latest is not { } latest || !EnrollmentRules.SaysTheSame(latest, answer))
        {
            Apply(draft, e, facts, answer, after);
        }

        var moves = ResidenceHistory.At(state.Rules, state.Members[e.MemberId].Residences, now).NextChange;
        return LicensingEngine.ValidUntil(state.Rules, facts, now) is { } next && (moves is null || next < moves) ? next : moves;
    }

    private static void Apply(SeatDraft draft, EnrollmentState e, LicensingRequest facts, Decision answer, EligibilityStatus status)
    {
        var (group, now, enrolled) = (draft.Group, draft.Now, e.Status == EnrollmentStatus.Enrolled);
        var decision = draft.Store(e.MemberId, e.Id, facts, answer).Id;

        // The decision that confirmed an enrollment remains its own; one from before a confirmation is replaced by the present one.
        var after = draft.Save(
            e,
            e.ChangedTo(e.Status, now) with
            {
                GraceUntil = status.GraceUntil,
                ReviewSince = status.ReviewSince,
                StandingDecisionId = enrolled ? decision : null,
                DecisionId = enrolled ? e.DecisionId : decision,
                PassedUntil = null,
            }
        );
        var review = status.ReviewSince is not null;
        draft.Audit(
            "enrollment.reconsidered",
            e,
            new
            {
                group.GroupId,
                decision,
                outcome = answer.Outcome.Wire(),
                status.GraceUntil,
                review,
            }
        );
        draft.Raise(new EnrollmentReconsidered(e.Id, group.GroupId, e.MemberId, e.Status, answer.Outcome.Wire(), CodesOf(answer), after.Version, now));
        if (e.Status == EnrollmentStatus.Waitlisted)
        {
            draft.Add(new OffersDue(now));
        }

        if (status.GraceUntil != e.GraceUntil)
        {
            // The permits tell the member that the seat is kept.
            draft.Add(new PermitsDue(e.Id));
        }

        if (status.GraceUntil is { } until && e.GraceUntil is null)
        {
            draft.Raise(new SeatGraceStarted(e.Id, group.GroupId, e.MemberId, until, CodesOf(answer), after.Version, now));
        }
        else if (status.GraceUntil is null && e.GraceUntil is not null)
        {
            draft.Raise(new SeatGraceEnded(e.Id, group.GroupId, e.MemberId, after.Version, now));
        }
    }

    private static int GraceDays(SeatGroupState state) =>
        state.Rules.PracticeByCode.TryGetValue(state.Group.Practice, out var practice) ? practice.Policy.GraceDaysAfterMove : EnrollmentRules.DefaultGraceDays;
}
