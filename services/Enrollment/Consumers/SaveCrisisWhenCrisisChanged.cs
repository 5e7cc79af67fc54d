using GroupTherapy.Contracts.Room.V1;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;

namespace GroupTherapy.Enrollment.Consumers;

/// <summary>A crisis that a facilitator opened or closed is a fact of the licensing question about this member and session. Older versions change
/// nothing.</summary>
public sealed class SaveCrisisWhenCrisisChanged(Db db) : TransactionalConsumer<CrisisChanged>(db)
{
    protected override Task HandleAsync(UnitOfWork work, CrisisChanged message, CancellationToken ct) => CrisisStore.SaveAsync(work, message);
}
