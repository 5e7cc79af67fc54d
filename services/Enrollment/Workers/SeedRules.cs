using GroupTherapy.Enrollment.Storage;

namespace GroupTherapy.Enrollment.Workers;

/// <summary>Stores the seeded rule set at the first start. While the database is away it retries; until then nothing is decided, so nothing is
/// allowed.</summary>
internal sealed class SeedRules(RuleSetCache ruleSets, TimeProvider clock, ILogger<SeedRules> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), clock);
        do
        {
            try
            {
                await ruleSets.SeedAsync(stoppingToken);
                return;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                log.LogWarning("The first rule set waits: {Kind}", e.GetType().Name);
            }
        } while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
