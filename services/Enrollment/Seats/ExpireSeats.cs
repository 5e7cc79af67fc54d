using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;

namespace GroupTherapy.Enrollment.Seats;

/// <summary>
/// Ends reservations and offers whose deadline has passed, and passes their seats on. The deadlines are rows: any process of this service may find one,
/// exactly one ends it, after hours of downtime too.
/// </summary>
public sealed class ExpireSeats(Db db, SeatLedger ledger, ILogger<ExpireSeats> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, db.Clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                while (await ExpireOneAsync(stoppingToken) || await OfferOneAsync(stoppingToken))
                {
                }
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                log.LogWarning("Expiry waits: {Kind}", e.GetType().Name);
            }
        }
    }

    /// <summary>Ends the stay that is over the longest.</summary>
    /// <returns>False when none is.</returns>
    public async Task<bool> ExpireOneAsync(CancellationToken ct)
    {
        await using var work = await db.BeginAsync(Caller.System("expiry"), ct);
        var due = await work.FirstOrDefaultAsync<Due>(
            """
            select id, status from enrollments
            where (status = 'reserved' and seat_held_until <= @Now) or (status = 'offered' and offer_expires_at <= @Now)
            order by coalesce(seat_held_until, offer_expires_at) limit 1 for update skip locked
            """, new { work.Now });
        if (due is null)
        {
            return false;
        }

        await ledger.EndAsync(work, due.Id, due.Status == SeatStates.Reserved ? "expired" : "offer-expired");
        await work.CommitAsync(ct);
        return true;
    }

    /// <summary>Offers a seat that came free while nobody in the line was eligible, to somebody who is now.</summary>
    private async Task<bool> OfferOneAsync(CancellationToken ct)
    {
        await using var work = await db.BeginAsync(Caller.System("waitlist"), ct);
        var group = await work.FirstOrDefaultAsync<Guid?>(
            """
            select group_id from seat_groups g where taken < capacity and not closed and exists (
                select 1 from enrollments e where e.group_id = g.group_id and e.status = 'waitlisted' and (e.passed_until is null or e.passed_until <= @Now))
            limit 1 for no key update skip locked
            """, new { work.Now });
        if (group is not { } id)
        {
            return false;
        }

        await ledger.OfferFreeSeatsAsync(work, id);
        await ledger.TellSeatsAsync(work, id);
        await work.CommitAsync(ct);
        return true;
    }

    private sealed record Due(Guid Id, string Status);
}
