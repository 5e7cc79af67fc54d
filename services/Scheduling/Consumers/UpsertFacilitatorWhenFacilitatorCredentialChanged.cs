using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Scheduling.Storage;

namespace GroupTherapy.Scheduling.Consumers;

/// <summary>Stores a facilitator with the public card that the catalogue shows, and has their coming sessions looked at.</summary>
public sealed class UpsertFacilitatorWhenFacilitatorCredentialChanged(Db db) : TransactionalConsumer<FacilitatorCredentialChanged>(db)
{
    protected override async Task HandleAsync(UnitOfWork work, FacilitatorCredentialChanged message, CancellationToken ct)
    {
        await ReportStore.SaveAsync(work, message);
        await CoverStore.ScheduleChecksOfAsync(work, message.FacilitatorId);
    }
}
