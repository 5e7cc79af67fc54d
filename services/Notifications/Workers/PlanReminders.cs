using GroupTherapy.Notifications.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Work;

namespace GroupTherapy.Notifications.Workers;

/// <summary>Makes the reminders of sessions that begin within a day, many sessions in one transaction.</summary>
public sealed class PlanReminders(Db db) : DueWorkHandler
{
    public override string Kind => ScheduledWork.PlanReminders;

    public override int BatchSize => 500;

    public override async Task HandleAsync(IReadOnlyList<DueRow> rows, CancellationToken ct)
    {
        await using var work = await db.BeginAsync(Caller.System(nameof(PlanReminders)), ct);
        await ReminderStore.PlanAsync(work, [.. rows.Select(r => Guid.Parse(r.Key))]);
        await work.CommitAsync(ct);
    }
}
