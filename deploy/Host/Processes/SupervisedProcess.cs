namespace GroupTherapy.Host.Processes;

/// <summary>
/// Supervises one process: adopts it when it already runs as planned, starts it otherwise, and restarts it when it dies or reports that it must be.
/// A process that was healthy is restarted at once; one that keeps dying before it is healthy waits longer each time.
/// </summary>
public sealed class SupervisedProcess(ProcessPlan first, TimeProvider clock, Action<string> report) : IAsyncDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Steady = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(5);

    // A process that is killed while healthy is restarted soon every time; only one that fails to start waits up to 30 s.
    private const int MostAfterHealth = 3;
    private static readonly double[] WaitSeconds = [0.1, 0.8, 1.5, 3, 6, 12, 30];

    private readonly CancellationTokenSource ending = new();
    private readonly TaskCompletionSource firstReady = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task watching = Task.CompletedTask;
    private ProcessPlan plan = first;
    private int deaths;

    public ProcessPlan Plan => plan;

    /// <summary>The process as last started or taken over; null before <see cref="StartAsync"/>.</summary>
    public ProcessRef? Process { get; private set; }

    /// <summary>Raised after each start, the first included.</summary>
    public event Action? Started;

    /// <summary>Takes over or starts the process. Returns once it runs, not once it is healthy.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        await LaunchAsync(ct);
        watching = WatchAsync();
    }

    /// <summary>Waits until it is healthy for the first time.</summary>
    /// <exception cref="HostException">It keeps dying, or it is not healthy in time.</exception>
    public async Task ReadyAsync(CancellationToken ct)
    {
        try
        {
            await firstReady.Task.WaitAsync(plan.ReadyLimit, clock, ct);
        }
        catch (TimeoutException)
        {
            var missing = await plan.NotReadyAsync(ct) ?? "it became healthy only now";
            throw new HostException($"{plan.Id} was not ready within {plan.ReadyLimit.TotalSeconds:0} s: {missing}.", LastLines());
        }
    }

    /// <summary>Goes by another plan from now on. The process is started anew if it runs by other settings, and is healthy when this returns.</summary>
    /// <returns>False when it could stay as it is.</returns>
    /// <exception cref="HostException">It is not healthy in time.</exception>
    public async Task<bool> ReplaceAsync(ProcessPlan next, CancellationToken ct)
    {
        plan = next;
        var spec = await next.PrepareAsync(ct);
        if (Launcher.Running(spec.PidFile) is not { } running || running.Stamp == spec.Stamp)
        {
            return false;
        }

        // The watch starts what ends.
        await Launcher.StopAsync(running.Process, next.StopSteps, clock, ct);
        var started = clock.GetTimestamp();
        while (Launcher.Running(spec.PidFile)?.Stamp != spec.Stamp || await next.NotReadyAsync(ct) is not null)
        {
            if (clock.GetElapsedTime(started) > next.ReadyLimit)
            {
                throw new HostException($"{next.Id} was not ready within {next.ReadyLimit.TotalSeconds:0} s after its settings changed.", LastLines());
            }

            await Task.Delay(Look, clock, ct);
        }

        return true;
    }

    /// <summary>Stops the process in order and stops looking after it.</summary>
    public async Task StopAsync()
    {
        await ending.CancelAsync();
        await watching;
        if (Process is { } process)
        {
            await Launcher.StopAsync(process, plan.StopSteps, clock);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        await watching;
        ending.Dispose();
    }

    private async Task LaunchAsync(CancellationToken ct)
    {
        var spec = await plan.PrepareAsync(ct);
        if (Launcher.Running(spec.PidFile) is { } running)
        {
            if (running.Stamp == spec.Stamp)
            {
                report($"{plan.Id} runs already (pid {running.Process.Pid}); taken over.");
                Process = running.Process;
                Started?.Invoke();
                return;
            }

            report($"{plan.Id} runs with other settings (pid {running.Process.Pid}); restarted.");
            await Launcher.StopAsync(running.Process, plan.StopSteps, clock, ct);
        }

        Process = Launcher.Start(spec);
        Started?.Invoke();
    }

    private async Task WatchAsync()
    {
        while (!ending.IsCancellationRequested)
        {
            try
            {
                await LiveAsync();
                await ReviveAsync();
            }
            catch (OperationCanceledException) when (ending.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // A failed start (a full disk, a removed file) is reported and retried after the wait.
                report($"{plan.Id} could not be started: {e.Message}");
            }
        }
    }

    // Returns when the process has died.
    private async Task LiveAsync()
    {
        var born = clock.GetTimestamp();
        var healthy = false;
        // The probe runs beside this loop: it may hang for seconds on a process that has died.
        Task<string?>? probe = null;
        var askedAt = born;
        var process = Process!;
        var ended = process.Open()?.EndAsync(ending.Token) ?? Task.CompletedTask;
        while (!ended.IsCompleted)
        {
            if (!healthy)
            {
                probe ??= plan.NotReadyAsync(ending.Token);
                if (probe.IsCompleted)
                {
                    healthy = await probe is null;
                    probe = null;
                }

                if (healthy)
                {
                    born = clock.GetTimestamp();
                    firstReady.TrySetResult();
                }
            }
            else if (clock.GetElapsedTime(askedAt) >= AskEvery)
            {
                probe ??= plan.UnhealthyAsync(ending.Token);
                if (probe.IsCompleted)
                {
                    (askedAt, var lost) = (clock.GetTimestamp(), await probe);
                    probe = null;
                    if (lost is not null)
                    {
                        report($"{plan.Id} must be started again: {lost}.");
                        await Launcher.StopAsync(process, plan.StopSteps, clock, ending.Token);
                    }
                }
            }

            await Task.WhenAny(ended, probe ?? ended, Task.Delay(healthy ? AskEvery : Look, clock, ending.Token));
        }

        ending.Token.ThrowIfCancellationRequested();
        deaths =
            !healthy ? deaths + 1
            : clock.GetElapsedTime(born) >= Steady ? 1
            : Math.Min(deaths + 1, MostAfterHealth);
    }

    private async Task ReviveAsync()
    {
        if (deaths >= 4 && !firstReady.Task.IsCompleted)
        {
            firstReady.TrySetException(new HostException($"{plan.Id} keeps ending while it starts.", LastLines()));
        }

        var wait = TimeSpan.FromSeconds(WaitSeconds[Math.Min(Math.Max(deaths, 1), WaitSeconds.Length) - 1]);
        report($"{plan.Id} has died (pid {Process?.Pid}); started again in {wait.TotalSeconds:0.#} s.");
        await Task.Delay(wait, clock, ending.Token);
        await LaunchAsync(ending.Token);
    }

    private string LastLines() => $"Its log is {plan.LogFile}; the last lines:\n{LogTail.Of(plan.LogFile)}";
}
