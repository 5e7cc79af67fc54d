using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Enrollment.Workers;

/// <summary>Ends reservations, offers and graces whose deadline has come, and passes their seats on.</summary>
internal sealed class ExpireSeats(Db db, SeatExecutor seats) : SeatWorker(db, seats, "expiry")
{
    public override string Kind => ScheduledWork.ExpireSeat;

    protected override SeatCommand CommandFor(Guid key) => new ExpireEnrollment(key);
}

/// <summary>Offers free seats to members who became eligible, or who are next on the waitlist, while no seat changed hands.</summary>
internal sealed class OfferSeatsToWaitlist(Db db, SeatExecutor seats) : SeatWorker(db, seats, "waitlist")
{
    public override string Kind => ScheduledWork.OfferSeats;

    protected override SeatCommand CommandFor(Guid key) => new OfferSeats();

    protected override DateTimeOffset? Next(SeatOutcome outcome) => outcome.Changes.OfType<OffersDue>().Select(due => (DateTimeOffset?)due.At).Min();

    protected override Task<Dictionary<Guid, Guid>> GroupsAsync(Guid[] keys, CancellationToken ct) => Task.FromResult(keys.Distinct().ToDictionary(id => id));
}
