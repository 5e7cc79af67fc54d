using GroupTherapy.Platform.Web;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GroupTherapy.Platform.Data;

/// <summary>Forgets what nobody can ask for any more: seen messages after 14 days, given answers after their 24 hours.</summary>
internal sealed class Housekeeping(Db db, ILogger<Housekeeping> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromHours(1);
    private static readonly TimeSpan InboxKeptFor = TimeSpan.FromDays(14);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, db.Clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                var now = db.Clock.GetUtcNow();
                await using var work = await db.BeginAsync(Security.Caller.System("housekeeping"), stoppingToken);
                await work.ExecuteAsync(
                    "delete from inbox where received_at < @seen; delete from idempotency_keys where created_at < @answered",
                    new { seen = now - InboxKeptFor, answered = now - Writes.KeptFor });
                await work.CommitAsync(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                log.LogWarning("Housekeeping waits: {Kind}", e.GetType().Name);
            }
        }
    }
}
