using GroupTherapy.Host.Processes;

namespace GroupTherapy.Host.Engines;

/// <summary>Starts one engine and waits until it serves.</summary>
public static class EngineRunner
{
    private static readonly TimeSpan BetweenProbes = TimeSpan.FromMilliseconds(50);

    /// <summary>Prepares, starts and waits for the engine; one that runs already in this place is taken over as it is.</summary>
    /// <exception cref="HostException">It ended or did not serve within <paramref name="limit"/>; the message carries the end of its log.</exception>
    public static async Task<ProcessRef> StartAsync(IEngine engine, TimeSpan limit, TimeProvider clock, CancellationToken ct = default)
    {
        var spec = await engine.PrepareAsync(ct);
        var process = Launcher.Running(spec.PidFile)?.Process ?? Launcher.Start(spec);
        await ReadyAsync(engine, process, spec.LogFile, limit, clock, ct);
        return process;
    }

    /// <summary>Waits until the engine serves.</summary>
    public static async Task ReadyAsync(IEngine engine, ProcessRef process, string logFile, TimeSpan limit, TimeProvider clock, CancellationToken ct = default)
    {
        var started = clock.GetTimestamp();
        while (await engine.NotReadyAsync(ct) is { } missing)
        {
            if (!process.IsAlive)
            {
                throw new HostException($"{engine.Name} ended while starting.", $"Its log is {logFile}; the last lines:\n{LogTail.Of(logFile)}");
            }

            if (clock.GetElapsedTime(started) > limit)
            {
                throw new HostException(
                    $"{engine.Name} did not serve within {limit.TotalSeconds:0} s: {missing}.",
                    $"Its log is {logFile}; the last lines:\n{LogTail.Of(logFile)}"
                );
            }

            await Task.Delay(BetweenProbes, clock, ct);
        }
    }
}
