using GroupTherapy.Host.Processes;
using GroupTherapy.Host.State;

namespace GroupTherapy.Host.Startup;

/// <summary>Processes that an earlier host started and did not stop.</summary>
public static class OrphanProcesses
{
    /// <summary>The pid file of a host that <c>--detach</c> left running; it is not one of its own processes.</summary>
    public const string HostPid = "host";

    /// <summary>Everything of this data folder that runs, the host aside, by pid file name.</summary>
    public static IReadOnlyList<(string Id, ProcessRef Process)> Of(DataFolder folder) =>
        Directory.Exists(folder.Pids)
            ?
            [
                .. Directory
                    .EnumerateFiles(folder.Pids)
                    .Where(file => Path.GetFileName(file) != HostPid && !file.EndsWith(".new", StringComparison.Ordinal))
                    .Select(file => (Id: Path.GetFileName(file), Launcher.Running(file)?.Process))
                    .Where(x => x.Process is not null)
                    .Select(x => (x.Id, x.Process!)),
            ]
            : [];

    /// <summary>Stops what runs and is in none of the plans, such as a second instance after the scale went down.</summary>
    public static async Task StopUnplannedAsync(
        DataFolder folder,
        IEnumerable<ProcessPlan> plans,
        TimeProvider clock,
        Action<string> report,
        CancellationToken ct
    )
    {
        var planned = plans.Select(p => p.Id).ToHashSet();
        foreach (var (id, process) in Of(folder).Where(x => !planned.Contains(x.Id)))
        {
            report($"{id} (pid {process.Pid}) is left from an earlier run and not wanted now; stopping it.");
            await Launcher.StopAsync(process, [(Signal.Terminate, TimeSpan.FromSeconds(15))], clock, ct);
        }
    }

    /// <summary>Stops the planned processes that run without a host, in order, then whatever else is left.</summary>
    public static async Task StopAllAsync(DataFolder folder, IReadOnlyList<ProcessPlan> plans, TimeProvider clock, Action<string> report)
    {
        foreach (var stage in plans.GroupBy(p => p.Stage).OrderByDescending(g => g.Key))
        {
            await Task.WhenAll(
                stage.Select(async plan =>
                {
                    if (Launcher.Running(plan.PidFile) is { } running)
                    {
                        report($"Stopping {plan.Id} (pid {running.Process.Pid})");
                        await Launcher.StopAsync(running.Process, plan.StopSteps, clock);
                    }
                })
            );
        }

        await StopUnplannedAsync(folder, [], clock, report, CancellationToken.None);
    }
}
