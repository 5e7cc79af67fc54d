using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Work;
using GroupTherapy.Scheduling.Storage;

namespace GroupTherapy.Scheduling.Workers;

/// <summary>Closes a booked group whose seat was not taken: its hour is free again.</summary>
public sealed class ExpireBookings(Db db) : DueWorkHandler
{
    public override string Kind => ScheduledWork.ExpireBooking;

    public override async Task HandleAsync(IReadOnlyList<DueRow> rows, CancellationToken ct)
    {
        foreach (var row in rows)
        {
            await using var work = await db.BeginAsync(Caller.System(nameof(ExpireBookings)), ct);
            if (await GroupStore.LockAnyAsync(work, Guid.Parse(row.Key)) is { ClosedAt: null } group && !await BookedGroupStore.HasMemberAsync(work, group.Id))
            {
                await GroupStore.CloseAsync(work, group);
                await work.CommitAsync(ct);
            }
        }
    }
}
