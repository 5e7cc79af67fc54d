using GroupTherapy.Platform.Data;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GroupTherapy.Platform.Work;

/// <summary>How often a loop looks for rows that other processes committed.</summary>
/// <param name="Poll">15 s unless <c>Work:PollSeconds</c> says otherwise.</param>
public sealed record WorkOptions(TimeSpan Poll)
{
    public static WorkOptions From(IConfiguration configuration) => new(TimeSpan.FromSeconds(configuration.GetValue("Work:PollSeconds", 15d)));
}

/// <summary>Background work that sleeps until something is due. It wakes on commits of this process, at the next due instant, and by a slow poll.</summary>
/// <param name="name">Its name for <see cref="WorkSignal.Wake"/>.</param>
public abstract class WorkLoop(string name, WorkSignal signal, WorkOptions options, TimeProvider clock, ILogger log) : BackgroundService
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(250);

    /// <summary>Does everything that is due.</summary>
    /// <returns>The next due instant; null when none is known.</returns>
    public abstract Task<DateTimeOffset?> RunAsync(CancellationToken ct);

    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        for (var failures = 0; !stoppingToken.IsCancellationRequested;)
        {
            signal.BeginRun(name);
            DateTimeOffset? next = null;
            try
            {
                next = await RunAsync(stoppingToken);
                failures = 0;
            }
            catch (Exception) when (stoppingToken.IsCancellationRequested)
            {
                // The process stops, and its engines with it: the rows are there after the start.
                return;
            }
            catch (Exception e)
            {
                // An engine is away. The rows still say what is due.
                log.LogWarning("The loop {Loop} retries: {Error}", name, ErrorSummary.Of(e));
                next = clock.GetUtcNow() + FirstRetry * (1 << Math.Min(failures++, 4));
            }

            var wait = next is { } at ? at - clock.GetUtcNow() : options.Poll;
            wait = TimeSpan.FromTicks(Math.Clamp(wait.Ticks, 0, options.Poll.Ticks));
            await signal.WaitAsync(name, clock.GetUtcNow() + wait, wait, stoppingToken);
        }
    }
}
