using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Platform.Security;
using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Storage;

namespace GroupTherapy.Room.Consumers;

/// <summary>A new session: its room has a key, a plan and its deadlines.</summary>
public sealed class PlanRoomWhenSessionScheduled(Db db, SessionPlans plans) : TransactionalConsumer<SessionScheduled>(db)
{
    protected override Task HandleAsync(UnitOfWork work, SessionScheduled message, CancellationToken ct) => plans.ApplyAsync(work, message.Session);
}

/// <summary>The session moved, and its deadlines with it.</summary>
public sealed class MoveRoomWhenSessionRescheduled(Db db, SessionPlans plans) : TransactionalConsumer<SessionRescheduled>(db)
{
    protected override Task HandleAsync(UnitOfWork work, SessionRescheduled message, CancellationToken ct) => plans.ApplyAsync(work, message.Session);
}

/// <summary>The session does not take place; a room that has begun ends.</summary>
public sealed class CancelRoomWhenSessionCancelled(Db db, SessionPlans plans) : TransactionalConsumer<SessionCancelled>(db)
{
    protected override Task HandleAsync(UnitOfWork work, SessionCancelled message, CancellationToken ct) => plans.ApplyAsync(work, message.Session);
}

/// <summary>Another facilitator leads this session; the one before is out at once.</summary>
public sealed class HandOverRoomWhenFacilitatorSubstituted(Db db, SessionPlans plans) : TransactionalConsumer<FacilitatorSubstituted>(db)
{
    protected override Task HandleAsync(UnitOfWork work, FacilitatorSubstituted message, CancellationToken ct) => plans.ApplyAsync(work, message.Session);
}

/// <summary>Hands what Scheduling plans to the room. Where people meet in person it is there for its attendance alone.</summary>
public sealed class SessionPlans(RoomExecutor executor, RoomKeys keys)
{
    internal Task ApplyAsync(UnitOfWork work, SessionSnapshot plan) =>
        executor.RunInAsync(work, new ApplyPlan(plan, keys.NewWrapped(plan.SessionId)) { Who = work.Caller.Who });
}
