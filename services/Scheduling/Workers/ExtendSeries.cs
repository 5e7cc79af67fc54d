using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Work;
using GroupTherapy.Scheduling.Storage;

namespace GroupTherapy.Scheduling.Workers;

/// <summary>
/// Creates the sessions of the weeks ahead for series without an end, one group at a time. A repeat creates nothing: a group has one session per day.
/// </summary>
public sealed class ExtendSeries(Db db) : DueWorkHandler
{
    public override string Kind => ScheduledWork.ExtendSeries;

    public override async Task HandleAsync(IReadOnlyList<DueRow> rows, CancellationToken ct)
    {
        foreach (var row in rows)
        {
            await using var work = await db.BeginAsync(Caller.System(nameof(ExtendSeries)), ct);
            if (await GroupStore.LockAnyAsync(work, Guid.Parse(row.Key)) is { NextWeek: { } nextWeek } group)
            {
                await FacilitatorStore.LockAsync(work, group.Staff);
                await SeriesStore.CreateDueAsync(work, group, nextWeek);
                await work.CommitAsync(ct);
            }
        }
    }
}
