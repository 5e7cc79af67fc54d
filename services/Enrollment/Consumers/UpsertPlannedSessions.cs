using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;

namespace GroupTherapy.Enrollment.Consumers;

public sealed class PlanPermitsWhenSessionScheduled(Db db, ILogger<PlanPermitsWhenSessionScheduled> log) : TransactionalConsumer<SessionScheduled>(db)
{
    protected override Task HandleAsync(UnitOfWork work, SessionScheduled message, CancellationToken ct) =>
        PlannedSessionStore.UpsertAsync(work, message.Session, log);
}

public sealed class PlanPermitsWhenSessionRescheduled(Db db, ILogger<PlanPermitsWhenSessionRescheduled> log) : TransactionalConsumer<SessionRescheduled>(db)
{
    protected override Task HandleAsync(UnitOfWork work, SessionRescheduled message, CancellationToken ct) =>
        PlannedSessionStore.UpsertAsync(work, message.Session, log);
}

public sealed class WithdrawPermitsWhenSessionCancelled(Db db, ILogger<WithdrawPermitsWhenSessionCancelled> log) : TransactionalConsumer<SessionCancelled>(db)
{
    protected override Task HandleAsync(UnitOfWork work, SessionCancelled message, CancellationToken ct) =>
        PlannedSessionStore.UpsertAsync(work, message.Session, log);
}

public sealed class DecideAgainWhenFacilitatorSubstituted(Db db, ILogger<DecideAgainWhenFacilitatorSubstituted> log)
    : TransactionalConsumer<FacilitatorSubstituted>(db)
{
    protected override Task HandleAsync(UnitOfWork work, FacilitatorSubstituted message, CancellationToken ct) =>
        PlannedSessionStore.UpsertAsync(work, message.Session, log);
}
