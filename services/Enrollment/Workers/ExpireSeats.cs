using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;

namespace GroupTherapy.Enrollment.Workers;

/// <summary>
/// Ends reservations, offers and graces whose deadline has passed, and passes their seats on. The deadlines are rows: any process of this service may find one,
/// exactly one ends it, after hours of downtime too.
/// </summary>
public sealed class ExpireSeats(Db db, SeatLedger ledger, KeepStanding standing, OfferSeats offers, ILogger<ExpireSeats> log)
    : RegularWork(db.Clock, TimeSpan.FromSeconds(1), "expiries", log)
{
    // The group looked at last: turns go round, so that a long line in one group keeps no other group waiting.
    private Guid _turn;

    // Both in turn: neither many deadlines nor a long line keeps the other waiting.
    public override async Task<bool> StepAsync(CancellationToken ct) => await ExpireOneAsync(ct) | await OfferOneAsync(ct);

    /// <summary>Ends the stay that is over the longest.</summary>
    /// <returns>False when none is.</returns>
    public async Task<bool> ExpireOneAsync(CancellationToken ct)
    {
        await using var work = await db.BeginAsync(Caller.System("expiry"), ct);
        var due = await work.FirstOrDefaultAsync<Due>(
            """
            select id, status from enrollments
            where (status = 'reserved' and seat_held_until <= @Now) or (status = 'offered' and offer_expires_at <= @Now) or (status = 'enrolled' and grace_until <= @Now)
            order by coalesce(seat_held_until, offer_expires_at, grace_until) limit 1 for update skip locked
            """, new { work.Now });
        if (due is null)
        {
            return false;
        }

        if (due.Status == SeatStates.Enrolled)
        {
            await standing.SettleAsync(work, (await work.FirstOrDefaultAsync<KeepStanding.Live>($"{KeepStanding.Select} where e.id = @Id", new { due.Id }))!);
        }
        else
        {
            await ledger.EndAsync(work, due.Id, due.Status == SeatStates.Reserved ? "expired" : "offer-expired");
        }

        await work.CommitAsync(ct);
        return true;
    }

    /// <summary>Offers a seat that came free while nobody in the line was eligible, to somebody who is now.</summary>
    /// <returns>False when nobody was due, or who is due is busy elsewhere: that waits for the next tick.</returns>
    public async Task<bool> OfferOneAsync(CancellationToken ct)
    {
        await using var work = await db.BeginAsync(Caller.System("waitlist"), ct);
        if (await work.FirstOrDefaultAsync<Guid?>(
            $"""
            select group_id from seat_groups g where taken < capacity and not closed and {OfferSeats.SomebodyIsDue}
            order by group_id <= @_turn, group_id limit 1 for no key update skip locked
            """, new { work.Now, _turn }) is not { } id)
        {
            return false;
        }

        _turn = id;
        if (await offers.ToTheLineAsync(work, id) == 0)
        {
            return false;
        }

        await ledger.TellSeatsAsync(work, id);
        await work.CommitAsync(ct);
        return true;
    }

    private sealed record Due(Guid Id, string Status);
}
