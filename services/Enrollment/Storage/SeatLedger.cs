using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Enrollment.Storage;

/// <summary>
/// Taking and giving back seats: the statements that several use cases share. Always inside the caller's transaction, and always in one order of locks:
/// stays that are seated or held, then the group (several in the order of their ids), then the line. Whoever takes them in another order meets somebody from the
/// other side. A request's key is locked before any of them; whoever asks for a seat (the batch of seat requests) takes the member's lock before that. Whoever has a group waits
/// neither for a member nor for a key.
/// </summary>
public sealed class SeatLedger(OfferSeats offers)
{
    internal async Task TellSeatsAsync(UnitOfWork work, Guid groupId)
    {
        var g = await work.FirstOrDefaultAsync<Count>("select capacity, taken, version from seat_groups where group_id = @groupId", new { groupId });
        await work.PublishAsync(new SeatsChanged(groupId, g!.Capacity, g.Taken, g.Version, work.Now));
    }

    /// <summary>Ends a stay, whatever it was, gives its seat back and offers that on. The caller holds the stay's row.</summary>
    /// <param name="reason">A code: <c>cancelled</c>, <c>expired</c>, <c>offer-expired</c>, <c>refused</c>, <c>group-closed</c>, <c>moved</c>, <c>not-eligible</c>.</param>
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
        if (stay.Status is SeatStates.Waitlisted or SeatStates.Held or SeatStates.Offered)
        {
            var expired = reason == WaitlistLog.OfferExpired;
            await WaitlistLog.WriteAsync(work, stay.GroupId, enrollmentId, stay.MemberId, expired ? WaitlistLog.OfferExpired : WaitlistLog.Left, expired ? null : reason);
        }

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
        await offers.ToTheLineAsync(work, groupId);
        await TellSeatsAsync(work, groupId);
    }

    /// <summary>Holds everybody who is seated or held in a group, before the group itself is changed.</summary>
    internal static Task LockSeatedAsync(UnitOfWork work, Guid groupId) =>
        work.QueryAsync<Guid>("select id from enrollments where group_id = @groupId and status in ('reserved', 'offered', 'enrolled', 'held') order by id for no key update", new { groupId });

    /// <summary>Ends every stay of a group that takes nobody any more.</summary>
    public async Task EndAllAsync(UnitOfWork work, Guid groupId, string reason)
    {
        foreach (var id in await work.QueryAsync<Guid>("select id from enrollments where group_id = @groupId and status <> 'ended' order by status = 'waitlisted', id", new { groupId }))
        {
            await EndAsync(work, id, reason);
        }
    }

    private sealed record Count(int Capacity, int Taken, long Version);

    private sealed record Ending(Guid GroupId, Guid MemberId, string Status, long Version);
}
