using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Scheduling.Storage;

namespace GroupTherapy.Scheduling.Consumers;

/// <summary>Stores the newest coverage of a group. The event may come before the group is known here, hence no foreign key.</summary>
public sealed class UpsertCoverageWhenCoverageChanged(Db db) : TransactionalConsumer<CoverageChanged>(db)
{
    protected override Task HandleAsync(UnitOfWork work, CoverageChanged message, CancellationToken ct) =>
        ReportStore.SaveAsync(work, message);
}
