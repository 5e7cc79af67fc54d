using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;

namespace GroupTherapy.Identity.SignIns;

/// <summary>Removes sign-ins (with their refresh tokens) and invitations a day after they ended; what happened stays in the audit record.</summary>
internal sealed class Forgetting(Db db, ILogger<Forgetting> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromHours(1);
    private static readonly TimeSpan KeptFor = TimeSpan.FromDays(1);

    internal async Task ForgetAsync(CancellationToken ct)
    {
        await using var work = await db.BeginAsync(Caller.System("forgetting"), ct);
        await work.ExecuteAsync("delete from sign_ins where ends_at < @before; delete from invitations where expires_at < @before", new { before = work.Now - KeptFor });
        await work.CommitAsync(ct);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, db.Clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await ForgetAsync(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                log.LogWarning("Forgetting waits: {Kind}", e.GetType().Name);
            }
        }
    }
}
