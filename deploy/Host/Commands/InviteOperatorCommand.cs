using GroupTherapy.Host.Cli;
using GroupTherapy.Host.Startup;
using GroupTherapy.Host.State;

namespace GroupTherapy.Host.Commands;

/// <summary><c>deploy/invite-operator</c>: prints an invitation that the new operator redeems once, at <c>POST /api/identity/invitations/accept</c>.</summary>
public static class InviteOperatorCommand
{
    public static async Task<int> RunAsync(InviteOperator invite, Progress progress)
    {
        var folder = new DataFolder(invite.DataFolder);
        if (JsonFile.Read<HostState>(folder.HostFile) is not { Phase: Phase.Ready, Release: { } release, Host.IsAlive: true } state)
        {
            throw new HostException($"No deployment runs from {folder.Root}.", "Start it first with deploy/up, and give the same --data DIR.");
        }

        var layout = await Deployment.LayoutAsync(folder, state, CancellationToken.None);
        var answer = await new ServiceCommands(folder, layout, release, TimeProvider.System).InviteOperatorAsync(
            [invite.Email, .. invite.Practices],
            CancellationToken.None
        );
        progress.Print(answer.Trim());
        return 0;
    }
}
