using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Enrollment.Decisions;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Enrollment.Permits;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Enrollment.Seats;

/// <summary>Taking and giving back seats, and offering them on: the statements that several use cases share. Always inside the caller's transaction.</summary>
public sealed class SeatLedger(DecisionDesk desk, Times times)
{
    // A line in which nobody is eligible must not hold a transaction for ever.
    private const int LooksPerTurn = 25;
    private static readonly TimeSpan PassedFor = TimeSpan.FromDays(1);

    /// <summary>Takes a seat if one is left. The row decides, not what was read before.</summary>
    internal static async Task<bool> TakeAsync(UnitOfWork work, Guid groupId) =>
        await work.ExecuteAsync(
            "update seat_groups set taken = taken + 1, version = version + 1 where group_id = @groupId and taken < capacity and not closed", new { groupId }) == 1;

    internal async Task TellSeatsAsync(UnitOfWork work, Guid groupId)
    {
        var g = await work.FirstOrDefaultAsync<Count>("select capacity, taken, version from seat_groups where group_id = @groupId", new { groupId });
        await work.PublishAsync(new SeatsChanged(groupId, g!.Capacity, g.Taken, g.Version, work.Now));
    }

    /// <summary>Ends a stay, whatever it was, gives its seat back and offers that on. The caller holds the stay's row.</summary>
    /// <param name="reason">A code: <c>cancelled</c>, <c>expired</c>, <c>offer-expired</c>, <c>refused</c>, <c>group-closed</c>.</param>
    public async Task EndAsync(UnitOfWork work, Guid enrollmentId, string reason, string? note = null)
    {
        var stay = await work.FirstOrDefaultAsync<Ending>(
            """
            update enrollments e set status = 'ended', end_reason = @reason, note = coalesce(@note, e.note), changed_at = @Now, version = e.version + 1
            from (select id, status from enrollments where id = @enrollmentId for update) old
            where e.id = old.id and old.status <> 'ended' returning e.group_id, e.member_id, old.status, e.version
            """, new { enrollmentId, reason, note, work.Now });
        if (stay is null)
        {
            return;
        }

        await work.AuditAsync("enrollment.ended", stay.MemberId, enrollmentId, new { stay.GroupId, reason, was = stay.Status });
        await work.PublishAsync(stay.Status == SeatStates.Enrolled
            ? new EnrollmentEnded(enrollmentId, stay.GroupId, stay.MemberId, reason, stay.Version, work.Now)
            : (object)new SeatReleased(enrollmentId, stay.GroupId, stay.MemberId, reason, stay.Version, work.Now));
        await PermitSql.WithdrawAsync(work, enrollmentId);
        if (SeatStates.HasSeat(stay.Status))
        {
            await GiveBackAsync(work, stay.GroupId);
        }
    }

    /// <summary>Gives a seat back and offers it on at once.</summary>
    internal async Task GiveBackAsync(UnitOfWork work, Guid groupId)
    {
        await work.ExecuteAsync("update seat_groups set taken = taken - 1, version = version + 1 where group_id = @groupId", new { groupId });
        await OfferFreeSeatsAsync(work, groupId);
        await TellSeatsAsync(work, groupId);
    }

    public async Task EndAllAsync(UnitOfWork work, Guid groupId, string reason)
    {
        foreach (var id in await work.QueryAsync<Guid>("select id from enrollments where group_id = @groupId and status <> 'ended' order by id for update", new { groupId }))
        {
            await EndAsync(work, id, reason);
        }
    }

    /// <summary>
    /// Offers free seats to the line, first come first. Eligibility is asked at this moment; who is not eligible now is passed over, keeps the place, and both facts are on record.
    /// </summary>
    public async Task OfferFreeSeatsAsync(UnitOfWork work, Guid groupId)
    {
        // The group's row is locked first: two seats given back at once are offered to two different people.
        var group = await work.FirstOrDefaultAsync<SeatGroup>($"select {SeatGroup.Columns} from seat_groups where group_id = @groupId for no key update", new { groupId });
        if (group is null || group.Closed)
        {
            return;
        }

        var free = group.Capacity - group.Taken;
        for (var look = 0; free > 0 && look < LooksPerTurn; look++)
        {
            var next = await work.FirstOrDefaultAsync<Waiting>(
                """
                select id, member_id from enrollments
                where group_id = @groupId and status = 'waitlisted' and (passed_until is null or passed_until <= @Now) order by place_in_line limit 1 for update
                """, new { groupId, work.Now });
            if (next is null)
            {
                return;
            }

            var decision = await desk.DecideAsync(work, Points.WaitlistOffer, group, next.MemberId, next.Id);
            if (SeatRules.AfterDecision(decision.Outcome) != EnrolStep.TakeSeat)
            {
                await work.ExecuteAsync(
                    "update enrollments set passed_until = @until, decision_id = @decision, changed_at = @Now where id = @Id",
                    new { until = decision.NextRecheckAt ?? work.Now + PassedFor, decision = decision.Id, work.Now, next.Id });
                await work.AuditAsync("waitlist.passed-over", next.MemberId, next.Id, new { groupId, code = ReasonCodes.PromotionSkippedIneligible, decision = decision.Id });
                continue;
            }

            if (!await TakeAsync(work, groupId))
            {
                return;
            }

            free--;
            var until = work.Now + times.Offer;
            var version = await work.FirstOrDefaultAsync<long>(
                """
                update enrollments set status = 'offered', offer_expires_at = @until, passed_until = null, decision_id = @decision, changed_at = @Now, version = version + 1
                where id = @Id returning version
                """, new { until, decision = decision.Id, work.Now, next.Id });
            await work.AuditAsync("waitlist.offered", next.MemberId, next.Id, new { groupId, until, decision = decision.Id });
            await work.PublishAsync(new WaitlistOffered(next.Id, groupId, next.MemberId, until, version, work.Now));
        }
    }

    private sealed record Count(int Capacity, int Taken, long Version);

    private sealed record Ending(Guid GroupId, Guid MemberId, string Status, long Version);

    private sealed record Waiting(Guid Id, Guid MemberId);
}
