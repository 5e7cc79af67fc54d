using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Scheduling.Storage;

namespace GroupTherapy.Scheduling.Consumers;

/// <summary>
/// Stores the newest coverage of a group, and has its coming sessions looked at. The event may come before the group is known here, hence no foreign key.
/// </summary>
public sealed class UpsertCoverageWhenCoverageChanged(Db db) : TransactionalConsumer<CoverageChanged>(db)
{
    protected override async Task HandleAsync(UnitOfWork work, CoverageChanged message, CancellationToken ct)
    {
        await ReportStore.SaveAsync(work, message);
        CoverStore.ScheduleCheck(work, message.GroupId);
    }
}
