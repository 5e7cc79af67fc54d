using GroupTherapy.Host.Engines;
using GroupTherapy.Host.Processes;

namespace GroupTherapy.Tests.Support;

/// <summary>An engine that one test may stop, kill and start again without disturbing another; its data stays in between.</summary>
public sealed class OwnEngine<T> : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    private readonly IReadOnlyList<IEngine> engines;
    private readonly TimeProvider clock;
    private readonly List<ProcessRef> processes = [];

    private OwnEngine(IReadOnlyList<IEngine> engines, T endpoint, TimeProvider clock) => (this.engines, Endpoint, this.clock) = (engines, endpoint, clock);

    public T Endpoint { get; }

    /// <summary>The engine's process.</summary>
    public ProcessRef Process => processes[^1];

    /// <summary>Ends it with <c>kill -9</c> and returns when it is gone.</summary>
    public async Task KillAsync()
    {
        Process.Send(Signal.Kill);
        await Process.WaitGoneAsync(Limit, clock);
    }

    /// <summary>Ends it in order, as its operator would.</summary>
    public Task StopAsync() => Launcher.StopAsync(Process, engines[^1].StopSteps, clock);

    /// <summary>Starts what does not run and returns when it serves.</summary>
    public async Task StartAsync()
    {
        processes.Clear();
        foreach (var engine in engines)
        {
            var spec = await engine.PrepareAsync(CancellationToken.None);
            await Eventually.Async(
                async () =>
                {
                    // After kill -9 PostgreSQL's children hold its memory for a moment, and the first new start may be refused.
                    var process = Launcher.Running(spec.PidFile)?.Process ?? Launcher.Start(spec);
                    Engines.Watch(process);
                    await EngineRunner.ReadyAsync(engine, process, spec.LogFile, Limit, clock);
                    processes.Add(process);
                    return true;
                },
                () => $"{engine.Name} did not start",
                TimeSpan.FromSeconds(15)
            );
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (process, engine) in processes.Zip(engines).Reverse())
        {
            await Launcher.StopAsync(process, engine.StopSteps, clock);
        }
    }

    internal static async Task<OwnEngine<T>> StartAsync(IReadOnlyList<IEngine> engines, T endpoint, TimeProvider clock)
    {
        var own = new OwnEngine<T>(engines, endpoint, clock);
        await own.StartAsync();
        return own;
    }
}
