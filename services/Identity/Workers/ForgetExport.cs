using GroupTherapy.Identity.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Work;

namespace GroupTherapy.Identity.Workers;

/// <summary>Deletes a copy of a person's data when its time is over.</summary>
internal sealed class ForgetExport(Db db) : DueWorkHandler
{
    public override string Kind => ScheduledWork.ForgetExport;

    public override async Task HandleAsync(IReadOnlyList<DueRow> rows, CancellationToken ct)
    {
        await using var work = await db.BeginAsync(Caller.System(nameof(ForgetExport)), ct);
        await ExportStore.ForgetAsync(work, [.. rows.Select(r => Guid.Parse(r.Key))]);
        await work.CommitAsync(ct);
    }
}
