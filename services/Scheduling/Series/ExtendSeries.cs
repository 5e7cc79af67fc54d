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
                await ExtendAllAsync(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // The rows say what is due; the next round finds them.
                log.LogWarning("Sessions to come wait: {Kind}", e.GetType().Name);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>Makes everything that is due. A group that cannot be continued does not hold up the others.</summary>
    /// <returns>How many groups were continued.</returns>
    public async Task<int> ExtendAllAsync(CancellationToken ct = default)
    {
        var failed = new List<Guid>();
        var done = 0;
        while (await ExtendOneAsync(failed, ct))
        {
            done++;
        }

        return done - failed.Count;
    }

    private async Task<bool> ExtendOneAsync(List<Guid> failed, CancellationToken ct)
    {
        await using var work = await db.BeginAsync(Caller.System(nameof(ExtendSeries)), ct);
        var due = await work.FirstOrDefaultAsync<Guid?>(
            "select id from groups where materialise_at <= @Now and id <> all(@failed) order by materialise_at limit 1 for no key update skip locked",
            new { work.Now, failed = failed.ToArray() });
        if (due is not { } id)
        {
            return false;
        }

        try
        {
            var group = await GroupSql.GetAsync(work, id);
            await FacilitatorSql.LockAsync(work, group.Staff);
            await SessionSql.MaterialiseAsync(work, group, group.NextWeek!.Value);
            await work.CommitAsync(ct);
        }
        catch (Exception e) when (e is not OperationCanceledException && !Outage.IsDatabaseAway(e))
        {
            failed.Add(id);
            log.LogError("Group {GroupId} cannot be continued: {Kind}", id, e.GetType().Name);
        }

        return true;
    }
}
