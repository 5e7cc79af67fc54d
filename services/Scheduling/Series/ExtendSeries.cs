using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Scheduling.Facilitators;
using GroupTherapy.Scheduling.Groups;
using GroupTherapy.Scheduling.Sessions;

namespace GroupTherapy.Scheduling.Series;

/// <summary>
/// Keeps sessions as rows for the weeks ahead. What is due stands in the group's row, so that a worker that was away, or two at once, make each session once.
/// </summary>
public sealed class ExtendSeries(Db db, ILogger<ExtendSeries> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, db.Clock);
        do
        {
            try
            {
                while (await ExtendOneAsync(stoppingToken))
                {
                }
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // The rows say what is due; the next round finds them.
                log.LogWarning("Sessions to come wait: {Kind}", e.GetType().Name);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>Makes what is due of one group.</summary>
    /// <returns>False when nothing is due.</returns>
    public async Task<bool> ExtendOneAsync(CancellationToken ct = default)
    {
        await using var work = await db.BeginAsync(Caller.System(nameof(ExtendSeries)), ct);
        var due = await work.FirstOrDefaultAsync<Guid?>(
            "select id from groups where materialise_at <= @Now order by materialise_at limit 1 for no key update skip locked", new { work.Now });
        if (due is not { } id)
        {
            return false;
        }

        var group = await GroupSql.GetAsync(work, id);
        await FacilitatorSql.LockAsync(work, group.Staff);
        await SessionSql.MaterialiseAsync(work, group, group.NextWeek!.Value);
        await work.CommitAsync(ct);
        return true;
    }
}
