using GroupTherapy.Contracts.Room.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Scheduling.Storage;

namespace GroupTherapy.Scheduling.Consumers;

/// <summary>
/// Keeps the facilitators of an extended session busy until its new end. Room has extended it already, so a facilitator who was booked meanwhile keeps
/// both sessions; the audit entry shows the double booking. The planned end stays: calendars are not changed by a session that overruns.
/// </summary>
public sealed class ExtendBookingWhenSessionExtended(Db db) : TransactionalConsumer<SessionExtended>(db)
{
    protected override async Task HandleAsync(UnitOfWork work, SessionExtended message, CancellationToken ct)
    {
        if (
            !await BookingStore.ExtendAsync(work, message.SessionId, message.EndsAt)
            && await SessionStore.FindAsync(work, message.SessionId) is var (_, session)
        )
        {
            SessionStore.AuditDoubleBooking(work, session);
        }
    }
}
