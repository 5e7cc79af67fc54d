using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace GroupTherapy.Room.Workers;

/// <summary>One piece of scheduled work.</summary>
public sealed record DueRow(string Kind, string Key, DateTimeOffset DueAt, int Attempts, long Version, string? Data);

/// <summary>Runs one kind of scheduled work. Handlers are idempotent.</summary>
public abstract class DueWorkHandler
{
    public abstract string Kind { get; }

    /// <summary>Rows handed over at once; a failing batch is tried again row by row.</summary>
    public virtual int BatchSize => 1;

    /// <summary>Another process may take the row after this.</summary>
    public virtual TimeSpan ClaimFor => TimeSpan.FromSeconds(30);

    public abstract Task HandleAsync(IReadOnlyList<DueRow> rows, CancellationToken ct);
}

/// <summary>Claims due rows, runs their handlers, deletes what is done, and delays what failed: a row that fails stops no other.</summary>
internal sealed class DueWorker(Db db, IEnumerable<DueWorkHandler> handlers, ILogger<DueWorker> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(500);
    private readonly Dictionary<string, DueWorkHandler> _handlers = handlers.ToDictionary(h => h.Kind);

    /// <summary>How long a row waits after so many failures: one second, twice that after each more, a minute at most.</summary>
    public static TimeSpan DelayAfter(int failures) => TimeSpan.FromSeconds(Math.Min(60, Math.Pow(2, Math.Max(0, failures - 1))));

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(_handlers.Values.Select(h => RepeatAsync(h, stoppingToken)));

    private async Task RepeatAsync(DueWorkHandler handler, CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, db.Clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                while (await RoundAsync(handler, stoppingToken))
                {
                }
            }
            catch (Exception e) when (e is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                log.LogWarning("Scheduled work {Kind} waits ({Exception})", handler.Kind, e.GetType().Name);
            }
        }
    }

    private async Task<bool> RoundAsync(DueWorkHandler handler, CancellationToken ct)
    {
        IReadOnlyList<DueRow> rows;
        await using (var work = await db.BeginAsync(Caller.System("due-work"), ct))
        {
            rows = await work.QueryAsync<DueRow>(
                """
                update due_work d set attempts = d.attempts + 1, next_attempt_at = @until from (
                    select kind, key from due_work where kind = @Kind and next_attempt_at <= @Now order by next_attempt_at limit @BatchSize for update skip locked) as due
                where d.kind = due.kind and d.key = due.key returning d.kind, d.key, d.due_at, d.attempts, d.version, d.data
                """, new { handler.Kind, work.Now, until = work.Now + handler.ClaimFor, handler.BatchSize });
            if (rows.Count == 0)
            {
                return false;
            }

            await work.CommitAsync(ct);
        }

        if (await TryAsync(handler, rows, ct) is { } cause)
        {
            foreach (var row in rows)
            {
                await DelayAsync(row, rows.Count == 1 ? cause : await TryAsync(handler, [row], ct), ct);
            }
        }

        return rows.Count == handler.BatchSize;
    }

    private async Task<Exception?> TryAsync(DueWorkHandler handler, IReadOnlyList<DueRow> rows, CancellationToken ct)
    {
        try
        {
            await handler.HandleAsync(rows, ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            return e;
        }

        await using var work = await db.BeginAsync(Caller.System("due-work"), ct);
        await work.ExecuteAsync(
            "delete from due_work d using unnest(@kinds, @keys, @versions) as g (kind, key, version) where d.kind = g.kind and d.key = g.key and d.version = g.version",
            new { kinds = rows.Select(r => r.Kind).ToArray(), keys = rows.Select(r => r.Key).ToArray(), versions = rows.Select(r => r.Version).ToArray() });
        await work.CommitAsync(ct);
        return null;
    }

    private async Task DelayAsync(DueRow row, Exception? cause, CancellationToken ct)
    {
        if (cause is null)
        {
            return;
        }

        var wait = DelayAfter(row.Attempts);
        await using var work = await db.BeginAsync(Caller.System("due-work"), ct);
        await work.ExecuteAsync(
            "update due_work set next_attempt_at = @next, last_error = @error where kind = @Kind and key = @Key and version = @Version",
            new { next = work.Now + wait, error = cause.GetType().Name, row.Kind, row.Key, row.Version });
        await work.CommitAsync(ct);
        log.LogError(
            "Scheduled work {Kind} {Key} failed the {Attempts}. time ({Exception} {State}); again in {Seconds} s", row.Kind, row.Key, row.Attempts, cause.GetType().Name,
            (cause as PostgresException)?.SqlState, wait.TotalSeconds);
    }
}
