using GroupTherapy.Host.Engines;
using GroupTherapy.Host.Options;
using GroupTherapy.Host.Processes;
using GroupTherapy.Host.State;
using GroupTherapy.Host.Topology;

namespace GroupTherapy.Host.Startup;

/// <summary>Starts a whole deployment: engines, databases, schemas, services, gateway, demonstration data.</summary>
public sealed class Deployment(DataFolder folder, RunOptions options, Progress progress, TimeProvider clock)
{
    /// <summary>Reads the plans of the deployment that was last started here, without its host; null when there was none.</summary>
    public static async Task<(IReadOnlyList<ProcessPlan> Plans, string Public)?> KnownAsync(DataFolder folder, CancellationToken ct)
    {
        if (JsonFile.Read<HostState>(folder.HostFile) is not { } state)
        {
            return null;
        }

        var plans = state.Options.Topology is { } file ? FileTopology.Read(file, folder) : [.. (await LayoutAsync(folder, state, ct)).All];
        return (plans, Layout.PublicOf(state.Options));
    }

    /// <summary>The layout that this state describes, with the ports and passwords of its folder.</summary>
    public static async Task<Layout> LayoutAsync(DataFolder folder, HostState state, CancellationToken ct) =>
        new(folder, state.Options, Ports.Read(folder), await Passwords.EnsureAsync(folder, Layout.PasswordNames(), ct), state.Release ?? "");

    /// <summary>Returns when everything is healthy and the demonstration data is in.</summary>
    /// <param name="released">Receives the folders of binaries and of the web client as soon as they are known.</param>
    public async Task StartAsync(ProcessGroup group, Action<string, string> released, CancellationToken ct)
    {
        if (options.Topology is { } file)
        {
            var plans = FileTopology.Read(file, folder);
            await OrphanProcesses.StopUnplannedAsync(folder, plans, clock, progress.Say, ct);
            await group.StartAsync(plans, ct);
            return;
        }

        for (var gateway = 1; gateway <= options.InstancesOf(Services.Gateway.Name); gateway++)
        {
            var port = options.Port + gateway - 1;
            var id = ProcessPlan.IdOf(Services.Gateway.Name, gateway, ProcessKind.Gateway);
            if (Launcher.Running(folder.PidOf(id)) is null && !FreePorts.IsFree(port))
            {
                throw new HostException($"Port {port} is taken by another program.", "Choose another with --port N, or see with `ss -ltnp` who listens there.");
            }
        }

        using var start = new DeploymentStart(folder, options, progress, clock, group, released, ct);
        await start.RunAsync();
    }
}
