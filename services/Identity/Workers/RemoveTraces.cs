using GroupTherapy.Identity.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Work;

namespace GroupTherapy.Identity.Workers;

/// <summary>Deletes expired rows each hour. The audit entries stay.</summary>
public sealed class RemoveTraces(Db db) : DueWorkHandler
{
    public override string Kind => ScheduledWork.RemoveTraces;

    public override TimeSpan? Every => TimeSpan.FromHours(1);

    public override async Task HandleAsync(IReadOnlyList<DueRow> rows, CancellationToken ct)
    {
        await using var work = await db.BeginAsync(Caller.System(nameof(RemoveTraces)), ct);
        await TraceStore.RemoveAsync(work);
        await work.CommitAsync(ct);
    }
}
