using GroupTherapy.Host.Demo;
using GroupTherapy.Host.Engines;
using GroupTherapy.Host.Options;
using GroupTherapy.Host.Processes;
using GroupTherapy.Host.State;
using GroupTherapy.Host.Topology;

namespace GroupTherapy.Host.Startup;

/// <summary>
/// One start of a deployment. Independent steps run in parallel: the build beside the engines, the start of RabbitMQ beside the migrations.
/// The first failure ends the other steps, and its reason is reported.
/// </summary>
internal sealed class DeploymentStart(
    DataFolder folder,
    RunOptions options,
    Progress progress,
    TimeProvider clock,
    ProcessGroup group,
    Action<string, string> released,
    CancellationToken ct
) : IDisposable
{
    private readonly CancellationTokenSource stopping = CancellationTokenSource.CreateLinkedTokenSource(ct);

    private CancellationToken Ct => stopping.Token;

    public async Task RunAsync()
    {
        var release = Release.EnsureAsync(Checkout.Root, progress, folder.LogOf("build"), Ct);
        var ready = PrepareAsync();
        // Programs are read by their own users.
        release = ReadableAsync(ready, release);
        var web = WebAsync(ready);
        var broker = BrokerAsync(ready);
        var programs = ProgramsAsync(ready, release, web);
        List<Task> all = [release, ready, web, broker, programs];
        while (all.Count > 0)
        {
            var done = await Task.WhenAny(all);
            all.Remove(done);
            if (!done.IsCompletedSuccessfully)
            {
                await stopping.CancelAsync();
                await Task.WhenAll(all).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
                await done;
            }
        }

        if (options.Demo)
        {
            await DemonstrationAsync(await LayoutAsync(ready));
        }
    }

    public void Dispose() => stopping.Dispose();

    private async Task<(Ports Ports, Passwords Passwords)> PrepareAsync()
    {
        await Packages.EnsureAsync(options.WithMedia, progress, folder.LogOf("packages"), Ct);
        var ports = Ports.Read(folder);
        await ports.EnsureAsync(
            folder,
            Layout.PortsOf(folder, options).Select(p => (p.Port, Launcher.Running(p.PidFile) is not null)),
            [.. Enumerable.Range(options.Port, options.InstancesOf(Services.Gateway.Name))],
            Ct
        );
        await MediaLayout.EnsurePortsAsync(folder, options, ports, Ct);
        if (folder.HasServiceUsers)
        {
            await ServiceUsers.EnsureAsync(folder, Ct);
        }
        else if (SystemUser.CallerIsRoot)
        {
            var closed = $"{folder.ShutOut} lets no other user pass";
            if (options.Public is not null && !options.Demo)
            {
                throw new HostException(
                    $"{closed}, so the services cannot run as users of their own.",
                    "Choose another place with --data DIR (for example --data /var/lib/grouptherapy), and install the .NET SDK where all users reach it."
                );
            }

            progress.Say($"{closed}: the services run as root. (With --data /var/lib/grouptherapy each runs as a user of its own)");
        }

        return (ports, await Passwords.EnsureAsync(folder, Layout.PasswordNames(), Ct));
    }

    private async Task<string> WebAsync(Task<(Ports Ports, Passwords Passwords)> ready)
    {
        await ready;
        return await ReadableAsync(ready, WebBuild.EnsureAsync(Checkout.Root, progress, folder.LogOf("build-web"), Ct));
    }

    private async Task<string> ReadableAsync(Task<(Ports Ports, Passwords Passwords)> ready, Task<string> programs)
    {
        await ready;
        return folder.HasServiceUsers ? await ServiceUsers.ReadableAsync(Checkout.Root, folder, await programs, Ct) : await programs;
    }

    private async Task BrokerAsync(Task<(Ports Ports, Passwords Passwords)> ready)
    {
        var layout = await LayoutAsync(ready);
        await progress.StepAsync("Starting RabbitMQ", () => group.StartAsync(layout.Engines.Where(e => e.Name is "epmd" or "rabbitmq"), Ct));
    }

    private async Task ProgramsAsync(Task<(Ports Ports, Passwords Passwords)> ready, Task<string> release, Task<string> web)
    {
        var engines = await LayoutAsync(ready);
        await progress.StepAsync(
            "Starting PostgreSQL and Redis",
            async () =>
            {
                await group.StartAsync(engines.Engines.Where(e => e.Name is "postgres" or "redis"), Ct);
                await Databases.EnsureAsync(engines, (await ready).Passwords, Ct);
            }
        );
        await MediaAsync(engines);
        var binaries = await release;
        var pages = await web;
        released(binaries, pages);
        var layout = await LayoutAsync(ready, binaries, pages);
        await OrphanProcesses.StopUnplannedAsync(folder, layout.All, clock, progress.Say, Ct);
        var commands = new ServiceCommands(folder, layout, binaries, clock);
        await progress.StepAsync(
            "Migrating and starting the services",
            async () =>
            {
                var marks = await Databases.MarksAsync(layout, Ct);
                await Task.WhenAll(
                    Services.WithDatabase.Select(service => ServiceAsync(service, layout, commands, Path.GetFileName(binaries), marks[service.Name]))
                );
                await group.StartAsync(layout.Programs.Where(p => p.Kind == ProcessKind.Gateway), Ct);
            }
        );
    }

    private async Task MediaAsync(Layout layout)
    {
        if (!options.WithMedia)
        {
            progress.Say("No media servers: rooms have chat alone (--no-media)");
            return;
        }

        await progress.StepAsync("Starting Janus and coturn", () => group.StartAsync(layout.Media.Plans, Ct));
        if (LoopbackShim.IsNeeded(options.Media) && !LoopbackShim.IsPossible)
        {
            progress.Say("No compiler: calls cannot connect on loopback. Install gcc and libc6-dev, or name the machine's own address with --media ADDRESS");
        }
    }

    private async Task ServiceAsync(ServiceKind service, Layout layout, ServiceCommands commands, string release, string mark)
    {
        var withAccounts = service == Services.Identity && options.Demo;
        var wanted = $"migrated by release {release}{(withAccounts ? " with demonstration accounts" : "")}";
        if (mark != wanted)
        {
            await commands.MigrateAsync(service, progress.Say, Ct);
            if (withAccounts)
            {
                await commands.DemoAccountsAsync(Ct);
            }

            await Databases.MarkAsync(layout, service.Name, wanted, Ct);
        }

        await group.StartAsync(layout.Programs.Where(p => p.Name == service.Name), Ct);
    }

    // Loaded once only: a group that an operator has closed since, or a member who has moved, must stay as it is.
    private async Task DemonstrationAsync(Layout layout)
    {
        const string database = "postgres";
        const string mark = "demonstration data loaded";
        if ((await Databases.MarksAsync(layout, Ct))[database] == mark)
        {
            return;
        }

        var loader = new DemoLoader(() => OwnGateway.Client(folder, layout), progress.Say, clock);
        await progress.StepAsync("Loading the demonstration data", () => loader.LoadAsync(Ct));
        await Databases.MarkAsync(layout, database, mark, Ct);
    }

    private async Task<Layout> LayoutAsync(Task<(Ports Ports, Passwords Passwords)> ready, string release = "", string web = "")
    {
        var (ports, passwords) = await ready;
        return new Layout(folder, options, ports, passwords, release, web);
    }
}
