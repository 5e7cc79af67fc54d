using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Work;
using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Scheduling.Storage;

namespace GroupTherapy.Scheduling.Workers;

/// <summary>Closes a group whose last session has ended. A group that is looked at too early is scheduled again for when it may be over.</summary>
public sealed class CloseFinishedGroups(Db db) : DueWorkHandler
{
    public override string Kind => ScheduledWork.CloseFinishedGroup;

    public override async Task HandleAsync(IReadOnlyList<DueRow> rows, CancellationToken ct)
    {
        foreach (var row in rows)
        {
            await using var work = await db.BeginAsync(Caller.System(nameof(CloseFinishedGroups)), ct);
            if (await GroupStore.LockAnyAsync(work, Guid.Parse(row.Key)) is not { Weeks: not null, ClosedAt: null } group)
            {
                continue;
            }

            var overAt = SeriesEndRules.OverAt(await SessionStore.OfGroupAsync(work, group.Id), work.Now);
            if (overAt > work.Now)
            {
                work.Schedule(Kind, row.Key, overAt);
            }
            else
            {
                await GroupStore.CloseAsync(work, group, seriesIsOver: true);
            }

            await work.CommitAsync(ct);
        }
    }
}
