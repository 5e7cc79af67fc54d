using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace GroupTherapy.Platform.Data;

/// <summary>Work that stands in rows and is looked for again and again. A look that fails waits for the next one: the rows still say what is due.</summary>
/// <param name="every">From the end of what was due to the next look.</param>
/// <param name="what">Names the work in the log.</param>
public abstract class RegularWork(TimeProvider clock, TimeSpan every, string what, ILogger log) : BackgroundService
{
    /// <summary>Does one step of what is due.</summary>
    /// <returns>False when nothing more is.</returns>
    public abstract Task<bool> StepAsync(CancellationToken ct);

    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(every, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                while (await StepAsync(stoppingToken))
                {
                }
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                log.LogWarning("Work on {What} waits: {Kind} {State}", what, e.GetType().Name, (e as PostgresException)?.SqlState);
            }
        }
    }
}
