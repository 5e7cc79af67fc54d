using GroupTherapy.Host.Cli;
using GroupTherapy.Host.Processes;
using GroupTherapy.Host.Startup;
using GroupTherapy.Host.State;
using GroupTherapy.Host.Topology;

namespace GroupTherapy.Host.Commands;

/// <summary><c>deploy/rotate NAME</c>: replaces a secret. The processes that use it restart at once; without a running deployment, at the next start.</summary>
public static class RotateCommand
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    public static async Task<int> RunAsync(Rotate rotate, Progress progress, TimeProvider clock)
    {
        var folder = new DataFolder(rotate.DataFolder);
        var state =
            JsonFile.Read<HostState>(folder.HostFile)
            ?? throw new HostException($"Nothing was started in {folder.Root}.", "Give the --data DIR of the deployment.");
        var runs = state is { Phase: Phase.Ready, Host.IsAlive: true };
        if (rotate.Name == Secrets.RoomKey)
        {
            return await RoomKeyAsync(folder, state, runs, progress, clock);
        }

        await Passwords.ReplaceAsync(folder, Secrets.Rotatable[rotate.Name], CancellationToken.None);
        if (!runs)
        {
            progress.Print($"{rotate.Name} is new; it counts from the next start.");
            return 0;
        }

        var wanted = (await Passwords.EnsureAsync(folder, Layout.PasswordNames(), CancellationToken.None)).Digest();
        state.Host.Send(Signal.Reload);
        var started = clock.GetTimestamp();
        while (JsonFile.Read<HostState>(folder.HostFile) is { Host.IsAlive: true } now && clock.GetElapsedTime(started) < Limit)
        {
            if (now.PasswordsInUse == wanted)
            {
                progress.Print($"{rotate.Name} is new, and everything that uses it has it.");
                return 0;
            }

            await Task.Delay(Look, clock);
        }

        throw new HostException(
            $"{rotate.Name} is new, but the host has not taken it over.",
            $"See {folder.HostLog}; deploy/down and deploy/up do it in any case."
        );
    }

    private static async Task<int> RoomKeyAsync(DataFolder folder, HostState state, bool runs, Progress progress, TimeProvider clock)
    {
        if (!runs || state.Release is not { } release)
        {
            throw new HostException($"No deployment runs from {folder.Root}: the keys of sessions lie in its database.", "Start it first with deploy/up.");
        }

        var layout = await Deployment.LayoutAsync(folder, state, CancellationToken.None);
        progress.Print((await new ServiceCommands(folder, layout, release, clock).RotateRoomKeyAsync(CancellationToken.None)).Trim());
        return 0;
    }
}
