using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;

namespace GroupTherapy.Room.Planning;

/// <summary>A new session: its room has a key, a plan and its deadlines.</summary>
public sealed class PlanRoomWhenSessionScheduled(Db db, SessionPlans plans) : TransactionalConsumer<SessionScheduled>(db)
{
    protected override Task HandleAsync(UnitOfWork work, SessionScheduled message, CancellationToken ct) => plans.KeepAsync(work, message.Session);
}
