using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;

namespace GroupTherapy.Room.Planning;

/// <summary>The session does not take place; a room that has begun ends.</summary>
public sealed class CancelRoomWhenSessionCancelled(Db db, SessionPlans plans) : TransactionalConsumer<SessionCancelled>(db)
{
    protected override Task HandleAsync(UnitOfWork work, SessionCancelled message, CancellationToken ct) => plans.KeepAsync(work, message.Session);
}
