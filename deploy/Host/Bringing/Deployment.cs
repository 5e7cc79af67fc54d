using GroupTherapy.Host.Cli;
using GroupTherapy.Host.Demo;
using GroupTherapy.Host.Engines;
using GroupTherapy.Host.Processes;
using GroupTherapy.Host.State;
using GroupTherapy.Host.Topology;

namespace GroupTherapy.Host.Bringing;

/// <summary>Brings a whole deployment up: engines, databases, schemas, services, gateway, demonstration data.</summary>
public sealed class Deployment(DataFolder folder, RunOptions options, Progress progress, TimeProvider clock)
{
    /// <summary>Reads the plans of the deployment that was last started here, for who comes without its host; null when there was none.</summary>
    public static async Task<(IReadOnlyList<ProcessPlan> Plans, string Public)?> KnownAsync(DataFolder folder, CancellationToken ct)
    {
        if (JsonFile.Read<HostState>(folder.HostFile) is not { } state)
        {
            return null;
        }

        var plans = state.Options.Topology is { } file ? FileTopology.Read(file, folder) : [.. (await LayoutAsync(folder, state, ct)).All];
        return (plans, PublicOf(state.Options));
    }

    /// <summary>The layout that this state describes, with the ports and passwords of its folder.</summary>
    public static async Task<Layout> LayoutAsync(DataFolder folder, HostState state, CancellationToken ct) =>
        new(folder, state.Options, Ports.Read(folder), await Passwords.EnsureAsync(folder, Layout.PasswordNames(), ct), state.Release ?? "");

    public static string PublicOf(RunOptions options) => $"http://127.0.0.1:{options.Port}";

    /// <summary>Returns when everything is healthy and the demonstration data is in.</summary>
    /// <param name="released">Told the folder of binaries as soon as it is known.</param>
    public async Task BringUpAsync(Fleet fleet, Action<string> released, CancellationToken ct)
    {
        if (options.Topology is { } file)
        {
            var plans = FileTopology.Read(file, folder);
            await Leftovers.StopUnplannedAsync(folder, plans, clock, progress.Say, ct);
            await fleet.StartAsync(plans, ct);
            return;
        }

        if (Launcher.Running(folder.PidOf("gateway")) is null && !FreePorts.IsFree(options.Port))
        {
            throw new HostException($"Port {options.Port} is taken by another program.", "Choose another with --port N, or see with `ss -ltnp` who listens there.");
        }

        using var stopBoth = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var building = Release.EnsureAsync(Checkout.Root, progress, folder.LogOf("build"), stopBoth.Token);
        var engines = EnginesAsync(fleet, stopBoth.Token);
        // Whichever fails first ends the other, and its reason is the one that is told.
        var first = await Task.WhenAny(building, engines);
        if (!first.IsCompletedSuccessfully)
        {
            await stopBoth.CancelAsync();
            await Task.WhenAll(building, engines).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            await first;
        }

        var (release, prepared) = (await building, await engines);
        released(release);
        var layout = new Layout(folder, options, prepared.Ports, prepared.Passwords, release);
        await SchemasAsync(layout, release, ct);
        await Leftovers.StopUnplannedAsync(folder, layout.All, clock, progress.Say, ct);
        await progress.StepAsync("Starting the services", () => fleet.StartAsync(layout.Programs, ct));
        if (options.Demo)
        {
            await progress.StepAsync("Loading the demonstration data", () => new DemoLoader(layout.Public, progress.Say, clock).LoadAsync(ct));
        }
    }

    private async Task<(Ports Ports, Passwords Passwords)> EnginesAsync(Fleet fleet, CancellationToken ct)
    {
        await Packages.EnsureAsync(progress, folder.LogOf("packages"), ct);
        var ports = Ports.Read(folder);
        await ports.EnsureAsync(folder, Layout.PortsOf(folder, options).Select(p => (p.Port, Launcher.Running(p.PidFile) is not null)), options.Port, ct);
        var passwords = await Passwords.EnsureAsync(folder, Layout.PasswordNames(), ct);
        var layout = new Layout(folder, options, ports, passwords, "");
        await progress.StepAsync("Starting PostgreSQL, Redis and RabbitMQ", async () =>
        {
            await fleet.StartAsync(layout.Engines, ct);
            await Databases.EnsureAsync(layout, passwords, ct);
        });
        return (ports, passwords);
    }

    private async Task SchemasAsync(Layout layout, string release, CancellationToken ct)
    {
        var verbs = new Verbs(folder, layout, release);
        await progress.StepAsync("Bringing the databases up to date", () => Task.WhenAll(Services.WithDatabase.Select(service => verbs.MigrateAsync(service, ct))));
        if (options.Demo)
        {
            await progress.StepAsync("Making the demonstration accounts", () => verbs.DemoAccountsAsync(ct));
        }
    }
}
