using GroupTherapy.Contracts.Room.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Scheduling.Storage;

namespace GroupTherapy.Scheduling.Consumers;

/// <summary>Shows in the plan what a room reports: lobby open, live, held.</summary>
public sealed class UpdatePhaseWhenSessionPhaseChanged(Db db) : TransactionalConsumer<SessionPhaseChanged>(db)
{
    protected override Task HandleAsync(UnitOfWork work, SessionPhaseChanged message, CancellationToken ct) =>
        PhaseStore.ReportAsync(work, message.SessionId, message.Phase, message.Version);
}
