using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Enrollment.Storage;

/// <summary>
/// Asks the rules again about a live stay and does what the answer comes to: a grace begins or is taken back, an operator must look, a seat is given up.
/// An answer that says the same as the one before leaves no trace.
/// </summary>
public sealed class KeepStanding(DecisionDesk desk, SeatLedger ledger)
{
    /// <summary>A stay whose row the caller holds.</summary>
    /// <param name="DecisionId">The latest decision about it.</param>
    public sealed record Live(Guid Id, Guid GroupId, Guid MemberId, string Status, DateTimeOffset? GraceUntil, DateTimeOffset? ReviewSince, Guid DecisionId, Guid EnrolledBy);

    internal const string Select =
        """
        select e.id, e.group_id, e.member_id, e.status, e.grace_until, e.review_since, coalesce(e.standing_decision_id, e.decision_id) as decision_id, e.decision_id as enrolled_by from enrollments e
        """;

    /// <summary>Looks again.</summary>
    /// <returns>When the answer may be another one by what is known now; null when nothing known changes it.</returns>
    public async Task<DateTimeOffset?> LookAsync(UnitOfWork work, Live stay)
    {
        if (stay is { Status: SeatStates.Enrolled, GraceUntil: { } over } && over <= work.Now)
        {
            // Its last decision belongs to the deadline.
            return null;
        }

        var group = (await GroupStore.FindAsync(work, stay.GroupId))!;
        var before = await StoredDecisions.AnswerAsync(work, stay.DecisionId);
        var considered = await ConsiderAsync(work, group, stay, stay.GraceUntil);
        var standing = new EligibilityStatus(stay.GraceUntil, stay.ReviewSince);
        var after = stay.Status == SeatStates.Enrolled ? StayRules.After(considered.Decision.Outcome, standing, work.Now, GraceDays(considered, group)) : standing;
        if (after.GraceUntil != stay.GraceUntil && after.GraceUntil is { } until)
        {
            // That the seat is kept is among the reasons, so the member reads it with them.
            considered = await ConsiderAsync(work, group, stay, until);
        }

        if (after != standing || before is null || !StayRules.SaysTheSame(before, considered.Decision))
        {
            await KeepAsync(work, group, stay, considered, after);
        }

        var moves = (await ResidenceStore.AtAsync(work, considered.Rules, stay.MemberId, work.Now)).NextChange;
        return LicensingEngine.KeepUntil(considered.Rules, considered.Facts, work.Now) is { } next && (moves is null || next < moves) ? next : moves;
    }

    /// <summary>The grace is over: the rules are asked a last time, and who is still not allowed gives up the seat.</summary>
    public async Task SettleAsync(UnitOfWork work, Live stay)
    {
        var group = (await GroupStore.FindAsync(work, stay.GroupId))!;
        var considered = await ConsiderAsync(work, group, stay, stay.GraceUntil);
        if (SeatRules.AfterDecision(considered.Decision.Outcome) == EnrolStep.TakeSeat)
        {
            await KeepAsync(work, group, stay, considered, new EligibilityStatus(null, null));
            return;
        }

        var confirmed = await work.FirstOrDefaultAsync<string>(
            "select inputs::json -> 'request' -> 'member' -> 'residence' ->> 'jurisdiction' from decisions where id = @EnrolledBy", new { stay.EnrolledBy });
        var decision = await desk.KeepAsync(work, group, stay.MemberId, stay.Id, considered);
        await work.ExecuteAsync("update enrollments set standing_decision_id = @decision where id = @Id", new { decision = decision.Id, stay.Id });
        await ledger.EndAsync(work, stay.Id, StayRules.EndReason(confirmed, considered.Facts.Member.Residence?.Jurisdiction));
    }

    private async Task<Considered> ConsiderAsync(UnitOfWork work, SeatGroup group, Live stay, DateTimeOffset? graceUntil)
    {
        if (stay.Status == SeatStates.Enrolled)
        {
            return await desk.ConsiderAsync(work, Points.Enrol, group, stay.MemberId, stay.Id, facts => facts with { Member = facts.Member with { SeatGraceUntil = graceUntil } });
        }

        // Nothing is confirmed yet: what the group was when this person asked for it is what it may have changed from.
        var asked = await work.FirstOrDefaultAsync<string>(
            "select inputs::json -> 'request' -> 'group' ->> 'serviceClass' from decisions where member_id = @MemberId and enrollment_id = @Id order by id limit 1", new { stay.MemberId, stay.Id });
        return await desk.ConsiderAsync(
            work, Points.SeatHold, group, stay.MemberId, stay.Id, facts => facts with { Group = facts.Group with { ReclassifiedFrom = asked == group.ServiceClass ? null : asked } });
    }

    private async Task KeepAsync(UnitOfWork work, SeatGroup group, Live stay, Considered considered, EligibilityStatus after)
    {
        var decision = await desk.KeepAsync(work, group, stay.MemberId, stay.Id, considered);
        var codes = considered.Decision.Reasons.Select(r => r.Code).Distinct().ToArray();

        // The decision that confirmed a stay remains its own; what was decided before a confirmation is replaced by what is known now.
        var version = await work.FirstOrDefaultAsync<long>(
            """
            update enrollments set grace_until = @GraceUntil, review_since = @ReviewSince, changed_at = @Now, version = version + 1,
                standing_decision_id = case when status = 'enrolled' then @decision end, decision_id = case when status = 'enrolled' then decision_id else @decision end,
                passed_until = null
            where id = @Id returning version
            """, new { after.GraceUntil, after.ReviewSince, decision = decision.Id, work.Now, stay.Id });
        await work.AuditAsync("enrollment.reconsidered", stay.MemberId, stay.Id, new { group.GroupId, decision = decision.Id, outcome = decision.Outcome.Wire(), after.GraceUntil, review = after.ReviewSince is not null });
        await work.PublishAsync(new EnrollmentReconsidered(stay.Id, group.GroupId, stay.MemberId, stay.Status, decision.Outcome.Wire(), codes, version, work.Now));
        if (after.GraceUntil != stay.GraceUntil)
        {
            // The permits tell the member that the seat is kept.
            await PermitSql.LookAgainAsync(work, stay.Id, work.Now);
        }

        if (after.GraceUntil is { } until && stay.GraceUntil is null)
        {
            await work.PublishAsync(new SeatGraceStarted(stay.Id, group.GroupId, stay.MemberId, until, codes, version, work.Now));
        }
        else if (after.GraceUntil is null && stay.GraceUntil is not null)
        {
            await work.PublishAsync(new SeatGraceEnded(stay.Id, group.GroupId, stay.MemberId, version, work.Now));
        }
    }

    private static int GraceDays(Considered considered, SeatGroup group) =>
        considered.Rules.PracticeByCode.TryGetValue(group.Practice, out var practice) ? practice.Policy.GraceDaysAfterMove : StayRules.GraceDaysUnlessTold;
}
