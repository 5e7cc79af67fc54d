using GroupTherapy.Host.Cli;
using GroupTherapy.Host.Processes;
using GroupTherapy.Host.Startup;
using GroupTherapy.Host.State;

namespace GroupTherapy.Host.Commands;

/// <summary><c>deploy/down</c>: asks the host to stop everything, and does it itself where the host is gone.</summary>
public static class DownCommand
{
    private static readonly TimeSpan HostLimit = TimeSpan.FromSeconds(120);

    public static async Task<int> RunAsync(Down down, Progress progress, TimeProvider clock)
    {
        var folder = new DataFolder(down.DataFolder);
        if (!folder.Exists)
        {
            progress.Print($"Nothing was started in {folder.Root}.");
            return 0;
        }

        if (JsonFile.Read<HostState>(folder.HostFile) is { Host.IsAlive: true } state)
        {
            await progress.StepAsync(
                $"Stopping the host (pid {state.Host.Pid}) and what it looks after",
                async () =>
                {
                    state.Host.Send(Signal.Terminate);
                    if (!await state.Host.WaitGoneAsync(HostLimit, clock))
                    {
                        progress.Say("The host does not end; ending it.");
                        state.Host.Send(Signal.Kill);
                        await state.Host.WaitGoneAsync(TimeSpan.FromSeconds(5), clock);
                    }
                }
            );
        }

        // What a killed host left behind, or nothing.
        var plans = (await Deployment.KnownAsync(folder, CancellationToken.None))?.Plans ?? [];
        await OrphanProcesses.StopAllAsync(folder, plans, clock, progress.Say);
        var left = OrphanProcesses.Of(folder);
        progress.Print(left.Count == 0 ? "Stopped." : $"Still running: {string.Join(", ", left.Select(l => $"{l.Id} (pid {l.Process.Pid})"))}.");
        return left.Count == 0 ? 0 : 1;
    }
}
