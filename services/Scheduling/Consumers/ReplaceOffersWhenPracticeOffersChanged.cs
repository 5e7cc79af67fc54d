using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Scheduling.Storage;

namespace GroupTherapy.Scheduling.Consumers;

/// <summary>Replaces what the catalogue shows as offered. An older event changes nothing; practices and jurisdictions unknown here are skipped.</summary>
public sealed class ReplaceOffersWhenPracticeOffersChanged(Db db) : TransactionalConsumer<PracticeOffersChanged>(db)
{
    protected override Task HandleAsync(UnitOfWork work, PracticeOffersChanged message, CancellationToken ct) => ReportStore.ReplaceAsync(work, message);
}
