using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;

namespace GroupTherapy.Enrollment.Storage;

/// <summary>Offers free seats to the line, first come first, and says of everybody it passes over why.</summary>
public sealed class OfferSeats(DecisionDesk desk, Times times)
{
    // A line in which nobody is eligible must not hold a transaction for ever; the next turn goes on behind those who were passed over.
    private const int LooksPerTurn = 25;
    private static readonly TimeSpan PassedForAtMost = TimeSpan.FromDays(1);

    // Two seats wait for this person's word already: no third is offered before one of them is settled.
    private static readonly string HasTwo =
        $"(select count(*) from enrollments u where u.member_id = e.member_id and u.status in ('reserved', 'offered')) >= {SeatRules.UnconfirmedAtMost}";

    private const string IsDue = "(e.passed_until is null or e.passed_until <= @Now)";

    /// <summary>Somebody waits whose turn it is, in a group <c>g</c>.</summary>
    internal static string SomebodyIsDue =>
        $"exists (select 1 from enrollments e where e.group_id = g.group_id and e.status = 'waitlisted' and {IsDue} and not {HasTwo})";

    /// <summary>
    /// Offers what is free. Eligibility is asked at this moment; who is not eligible now is passed over, keeps the place, and both facts are on record.
    /// </summary>
    /// <returns>How many people were offered a seat or passed over.</returns>
    public async Task<int> ToTheLineAsync(UnitOfWork work, Guid groupId)
    {
        // The group's row is locked first: two seats given back at once are offered to two different people.
        var group = await work.FirstOrDefaultAsync<SeatGroup>($"select {GroupStore.Columns} from seat_groups where group_id = @groupId for no key update", new { groupId });
        if (group is null || group.Closed)
        {
            return 0;
        }

        var free = group.Capacity - group.Taken;
        var looks = 0;
        while (free > 0 && looks < LooksPerTurn)
        {
            var next = await work.FirstOrDefaultAsync<Waiting>(
                $"""
                select e.id, e.member_id, e.place_in_line, e.decision_id from enrollments e
                where e.group_id = @groupId and e.status = 'waitlisted' and {IsDue} and not {HasTwo} order by e.place_in_line limit 1 for update
                """, new { groupId, work.Now });

            // The member's own lock, under which requests count what is unconfirmed. Held elsewhere it is not waited for, since its holder may wait for this group.
            if (next is null || !await work.FirstOrDefaultAsync<bool>("select pg_try_advisory_xact_lock(hashtextextended(@member::text, 1))", new { member = next.MemberId }))
            {
                break;
            }

            if (await work.FirstOrDefaultAsync<bool>($"select {HasTwo} from enrollments e where e.id = @Id", new { next.Id }))
            {
                continue;
            }

            looks++;
            if (await OfferAsync(work, group, next))
            {
                free--;
            }
        }

        return looks;
    }

    private async Task<bool> OfferAsync(UnitOfWork work, SeatGroup group, Waiting next)
    {
        if (group.IntakeFirst && !await IntakeStore.DoneAsync(work, next.MemberId, group.Practice))
        {
            await work.ExecuteAsync("update enrollments set status = 'held', passed_until = null, changed_at = @Now, version = version + 1 where id = @Id", new { work.Now, next.Id });
            await work.AuditAsync("enrollment.held", next.MemberId, next.Id, new { group.GroupId });
            await WaitlistLog.WriteAsync(work, group.GroupId, next.Id, next.MemberId, WaitlistLog.Held, WaitlistLog.Intake);
            return false;
        }

        var considered = await desk.ConsiderAsync(work, Points.WaitlistOffer, group, next.MemberId, next.Id);
        if (SeatRules.AfterDecision(considered.Decision.Outcome) is var step && step != EnrolStep.TakeSeat)
        {
            await PassOverAsync(work, group, next, considered, step);
            return false;
        }

        var decision = (await desk.KeepAsync(work, group, next.MemberId, next.Id, considered)).Id;
        await work.ExecuteAsync("update seat_groups set taken = taken + 1, version = version + 1 where group_id = @GroupId", new { group.GroupId });
        var until = work.Now + times.Offer;
        var version = await work.FirstOrDefaultAsync<long>(
            """
            update enrollments set status = 'offered', offer_expires_at = @until, passed_until = null, decision_id = @decision, changed_at = @Now, version = version + 1
            where id = @Id returning version
            """, new { until, decision, work.Now, next.Id });
        await work.AuditAsync("waitlist.offered", next.MemberId, next.Id, new { group.GroupId, until, decision });
        await WaitlistLog.WriteAsync(work, group.GroupId, next.Id, next.MemberId, WaitlistLog.Offered, decisionId: decision);
        await SayWhoStoodBeforeAsync(work, group.GroupId, next.PlaceInLine);
        await work.PublishAsync(new WaitlistOffered(next.Id, group.GroupId, next.MemberId, until, version, work.Now));
        return true;
    }

    private async Task PassOverAsync(UnitOfWork work, SeatGroup group, Waiting next, Considered considered, EnrolStep step)
    {
        // Whatever else may change the answer takes passed_until away; the day is for what nobody foresaw. The same answer again is no news.
        var atMost = work.Now + PassedForAtMost;
        var until = considered.Decision.NextRecheckAt is { } recheck && recheck < atMost ? recheck : atMost;
        var before = await StoredDecisions.AnswerAsync(work, next.DecisionId);
        if (before is not null && StayRules.SaysTheSame(before, considered.Decision))
        {
            await work.ExecuteAsync("update enrollments set passed_until = @until where id = @Id", new { until, next.Id });
            return;
        }

        var decision = (await desk.KeepAsync(work, group, next.MemberId, next.Id, considered)).Id;
        await work.ExecuteAsync("update enrollments set passed_until = @until, decision_id = @decision, changed_at = @Now where id = @Id", new { until, decision, work.Now, next.Id });
        await work.AuditAsync("waitlist.passed-over", next.MemberId, next.Id, new { group.GroupId, code = ReasonCodes.PromotionSkippedIneligible, decision });
        await WaitlistLog.WriteAsync(
            work, group.GroupId, next.Id, next.MemberId, WaitlistLog.PassedOver, step == EnrolStep.HoldForOperator ? WaitlistLog.Unclear : WaitlistLog.NotEligible, decision);
    }

    // Everybody in front who was not asked, or said to be asked later: passed over before, or with two other seats to settle first. All keep their place.
    private static Task SayWhoStoodBeforeAsync(UnitOfWork work, Guid groupId, long before) => work.ExecuteAsync(
        $"""
        insert into waitlist_log (group_id, enrollment_id, member_id, at, who, what, code, decision_id)
        select e.group_id, e.id, e.member_id, @Now, @Who, @PassedOver,
               case when e.passed_until is null or e.passed_until <= @Now then @Unconfirmed when d.outcome = 'hold' then @Unclear else @NotEligible end,
               case when e.passed_until > @Now then d.id end
        from enrollments e join decisions d on d.id = e.decision_id
        where e.group_id = @groupId and e.status = 'waitlisted' and e.place_in_line < @before and (({IsDue} and {HasTwo}) or (e.passed_until > @Now and e.changed_at < @Now))
        order by e.place_in_line
        """, new { groupId, before, work.Now, work.Caller.Who, WaitlistLog.PassedOver, WaitlistLog.Unconfirmed, WaitlistLog.Unclear, WaitlistLog.NotEligible });

    private sealed record Waiting(Guid Id, Guid MemberId, long PlaceInLine, Guid DecisionId);
}
