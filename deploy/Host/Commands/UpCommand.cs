using System.Runtime.InteropServices;
using GroupTherapy.Host.Cli;
using GroupTherapy.Host.Options;
using GroupTherapy.Host.Processes;
using GroupTherapy.Host.Startup;
using GroupTherapy.Host.State;

namespace GroupTherapy.Host.Commands;

/// <summary><c>deploy/up</c>: in the foreground, or left running by itself.</summary>
public static class UpCommand
{
    private const string EnginesShelter = "/var/lib/grouptherapy";

    public static async Task<int> RunAsync(Up up, IReadOnlyList<string> args, Progress progress, TimeProvider clock)
    {
        var folder = new DataFolder(up.DataFolder);
        folder.Create();
        up = Remembered(up, folder, progress);
        using var stop = new CancellationTokenSource();
        using var interrupt = OnSignal(PosixSignal.SIGINT, stop);
        using var terminate = OnSignal(PosixSignal.SIGTERM, stop);
        using var hangUp = OnSignal(PosixSignal.SIGHUP, stop);

        if (up.Detach && !up.IsDaemon)
        {
            await using (var free = HostRun.TryLock(folder))
            {
                if (free is null)
                {
                    return RunsAlready(folder, up, progress);
                }
            }

            return await Detached.StartAsync(folder, args, progress, clock, stop.Token);
        }

        await using var alone = HostRun.TryLock(folder);
        if (alone is null)
        {
            return RunsAlready(folder, up, progress);
        }

        progress.Say($"Data in {folder.Root}");
        if (SystemUser.CallerIsRoot && !up.DataChosen && folder.MoveEnginesIfShutOut(EnginesShelter) is var (closed, place))
        {
            progress.Say($"{closed} lets the engines' users not pass: their data goes to {place}. (Another place for everything: --data DIR)");
        }

        await using var run = new HostRun(folder, up.Options, progress, clock);
        return await run.RunAsync(() => Greeting.Print(progress, folder, up.Options, up.IsDaemon), stop.Token);
    }

    /// <summary>A public deployment stays what it is: without options it starts as it last did, and never by mistake as a demonstration.</summary>
    internal static Up Remembered(Up up, DataFolder folder, Progress progress)
    {
        if (
            JsonFile.Read<HostState>(folder.HostFile)?.Options is not { Public: { } address } last
            || up.Options.Public is not null
            || up.Options.Topology is not null
        )
        {
            return up;
        }

        if (up.Options.Equals(new RunOptions()))
        {
            if (!up.IsDaemon)
            {
                progress.Say($"As last time: {address.Url} (options given would replace all of them)");
            }

            return up with
            {
                Options = last,
            };
        }

        return !up.Options.Demo || last.Demo
            ? up
            : throw new HostException(
                $"{folder.Root} belongs to {address.Url}: demonstration accounts must not get in.",
                "Give its options with --public URL, or none to start it as last time; --no-demo serves this machine alone."
            );
    }

    private static int RunsAlready(DataFolder folder, Up up, Progress progress)
    {
        var state = JsonFile.Read<HostState>(folder.HostFile);
        var down = $"deploy/down{Greeting.DataOption(folder)}";
        if (state is null || !state.Host.IsAlive || state.Phase is not Phase.Ready)
        {
            progress.Print($"Another deploy/up is at work in {folder.Root}. Wait for it, or stop it with: {down}");
            return 1;
        }

        if (!state.Options.Equals(up.Options))
        {
            progress.Print($"It runs already in {folder.Root} with other options (host pid {state.Host.Pid}). Stop it first with: {down}");
            return 1;
        }

        progress.Print($"It runs already in {folder.Root} (host pid {state.Host.Pid}).");
        Greeting.Print(progress, folder, state.Options, detached: true);
        return 0;
    }

    private static PosixSignalRegistration OnSignal(PosixSignal signal, CancellationTokenSource stop) =>
        PosixSignalRegistration.Create(
            signal,
            context =>
            {
                context.Cancel = true;
                stop.Cancel();
            }
        );
}
