namespace GroupTherapy.Host.Processes;

/// <summary>All processes that a host supervises: started stage by stage, stopped in the opposite order.</summary>
public sealed class ProcessGroup(TimeProvider clock, Action<string> report) : IAsyncDisposable
{
    private readonly List<SupervisedProcess> members = [];

    /// <summary>Raised after any process was started, the first time or again.</summary>
    public event Action? Changed;

    /// <summary>Those started so far.</summary>
    public IReadOnlyList<SupervisedProcess> Members
    {
        get
        {
            lock (members)
            {
                return [.. members];
            }
        }
    }

    /// <summary>Starts these processes and returns when all are healthy; one that depends on another has a later stage.</summary>
    public async Task StartAsync(IEnumerable<ProcessPlan> plans, CancellationToken ct)
    {
        foreach (var stage in plans.GroupBy(p => p.Stage).OrderBy(g => g.Key))
        {
            var started = new List<SupervisedProcess>();
            foreach (var plan in stage)
            {
                var process = new SupervisedProcess(plan, clock, report);
                process.Started += () => Changed?.Invoke();
                lock (members)
                {
                    members.Add(process);
                }

                await process.StartAsync(ct);
                started.Add(process);
            }

            await Task.WhenAll(started.Select(p => p.ReadyAsync(ct)));
        }
    }

    /// <summary>Stops everything: the last stage first, the processes of one stage together.</summary>
    public async Task StopAsync()
    {
        foreach (var stage in Members.GroupBy(m => m.Plan.Stage).OrderByDescending(g => g.Key))
        {
            if (stage.Where(m => !m.Plan.Hidden).Select(m => m.Plan.Id).ToList() is { Count: > 0 } named)
            {
                report($"Stopping {string.Join(", ", named)}");
            }

            await Task.WhenAll(stage.Select(m => m.StopAsync()));
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var member in Members)
        {
            await member.DisposeAsync();
        }
    }
}
