using GroupTherapy.Host.Cli;
using GroupTherapy.Host.Startup;
using GroupTherapy.Host.State;

namespace GroupTherapy.Host.Commands;

/// <summary><c>deploy/reset-second-factor</c>: for a person who lost every second factor and has no colleague who could help.</summary>
public static class ResetSecondFactorCommand
{
    public static async Task<int> RunAsync(ResetSecondFactor reset, Progress progress)
    {
        var folder = new DataFolder(reset.DataFolder);
        if (JsonFile.Read<HostState>(folder.HostFile) is not { Phase: Phase.Ready, Release: { } release, Host.IsAlive: true } state)
        {
            throw new HostException($"No deployment runs from {folder.Root}.", "Start it first with deploy/up, and give the same --data DIR.");
        }

        var layout = await Deployment.LayoutAsync(folder, state, CancellationToken.None);
        var answer = await new ServiceCommands(folder, layout, release, TimeProvider.System).ResetSecondFactorAsync(reset.Email, CancellationToken.None);
        progress.Print(answer.Trim());
        return 0;
    }
}
