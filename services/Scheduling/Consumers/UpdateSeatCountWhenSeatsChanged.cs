using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Scheduling.Storage;

namespace GroupTherapy.Scheduling.Consumers;

/// <summary>Stores the newest count of taken seats. The event may come before the group is known here, hence no foreign key.</summary>
public sealed class UpdateSeatCountWhenSeatsChanged(Db db) : TransactionalConsumer<SeatsChanged>(db)
{
    protected override Task HandleAsync(UnitOfWork work, SeatsChanged message, CancellationToken ct) => ReportStore.SaveAsync(work, message);
}
