using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Scheduling.Storage;

namespace GroupTherapy.Scheduling.Consumers;

/// <summary>Stores a facilitator with the public card that the catalogue shows.</summary>
public sealed class UpsertFacilitatorWhenFacilitatorCredentialChanged(Db db) : TransactionalConsumer<FacilitatorCredentialChanged>(db)
{
    protected override Task HandleAsync(UnitOfWork work, FacilitatorCredentialChanged message, CancellationToken ct) =>
        ReportStore.SaveAsync(work, message);
}
