using GroupTherapy.Host.Cli;
using GroupTherapy.Host.Startup;
using GroupTherapy.Host.State;

namespace GroupTherapy.Host.Commands;

/// <summary><c>deploy/practice add ID NAME</c>: makes a practice with the values that every practice starts with.</summary>
public static class AddPracticeCommand
{
    public static async Task<int> RunAsync(AddPractice practice, Progress progress)
    {
        var folder = new DataFolder(practice.DataFolder);
        if (JsonFile.Read<HostState>(folder.HostFile) is not { Phase: Phase.Ready, Release: { } release, Host.IsAlive: true } state)
        {
            throw new HostException($"No deployment runs from {folder.Root}.", "Start it first with deploy/up, and give the same --data DIR.");
        }

        var layout = await Deployment.LayoutAsync(folder, state, CancellationToken.None);
        var answer = await new ServiceCommands(folder, layout, release, TimeProvider.System).AddPracticeAsync(
            practice.Id,
            practice.Name,
            CancellationToken.None
        );
        progress.Print(answer.Trim());
        return 0;
    }
}
