using GroupTherapy.Contracts.Room.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Scheduling.Storage;

namespace GroupTherapy.Scheduling.Consumers;

/// <summary>Shows that a session is over, frees its facilitators, and has the group closed if it was the last. Attendance is not stored here.</summary>
public sealed class EndSessionWhenSessionEnded(Db db) : TransactionalConsumer<SessionEnded>(db)
{
    protected override async Task HandleAsync(UnitOfWork work, SessionEnded message, CancellationToken ct)
    {
        await PhaseStore.ReportAsync(work, message.SessionId, SessionPhases.Ended, message.Version);
        await BookingStore.FreeAsync(work, message.SessionId);
        SessionStore.ScheduleClosing(work, message.GroupId, work.Now);
    }
}
