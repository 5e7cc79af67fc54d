using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;

namespace GroupTherapy.Room.Planning;

/// <summary>The session moved, and its deadlines with it.</summary>
public sealed class MoveRoomWhenSessionRescheduled(Db db, SessionPlans plans) : TransactionalConsumer<SessionRescheduled>(db)
{
    protected override Task HandleAsync(UnitOfWork work, SessionRescheduled message, CancellationToken ct) => plans.KeepAsync(work, message.Session);
}
