using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Room.Storage;

namespace GroupTherapy.Room.Consumers;

/// <summary>A member will not come: attendance excuses them, and the facilitator's roster shows it.</summary>
public sealed class ExcuseMemberWhenAbsenceTold(Db db) : TransactionalConsumer<AbsenceTold>(db)
{
    protected override Task HandleAsync(UnitOfWork work, AbsenceTold message, CancellationToken ct) =>
        AccountStore.SaveAbsenceAsync(work, message.SessionId, message.AccountId, true, message.Version);
}

/// <summary>A member comes after all, and is expected again.</summary>
public sealed class ExpectMemberWhenAbsenceWithdrawn(Db db) : TransactionalConsumer<AbsenceWithdrawn>(db)
{
    protected override Task HandleAsync(UnitOfWork work, AbsenceWithdrawn message, CancellationToken ct) =>
        AccountStore.SaveAbsenceAsync(work, message.SessionId, message.AccountId, false, message.Version);
}
