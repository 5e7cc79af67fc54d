using System.Runtime.InteropServices;
using GroupTherapy.Host.Options;
using GroupTherapy.Host.Processes;
using GroupTherapy.Host.Startup;
using GroupTherapy.Host.State;
using GroupTherapy.Host.Topology;

namespace GroupTherapy.Host.Commands;

/// <summary>One run of the host: locks the data folder, starts everything, supervises it, and stops it in order.</summary>
public sealed class HostRun : IAsyncDisposable
{
    private static readonly TimeSpan BetweenRotations = TimeSpan.FromSeconds(10);

    private readonly DataFolder folder;
    private readonly RunOptions options;
    private readonly Progress progress;
    private readonly TimeProvider clock;
    private readonly ProcessGroup group;
    private readonly SemaphoreSlim saving = new(1);
    private readonly SemaphoreSlim reload = new(0);
    private readonly PosixSignalRegistration reloading;
    private HostState state;

    public HostRun(DataFolder folder, RunOptions options, Progress progress, TimeProvider clock)
    {
        (this.folder, this.options, this.progress, this.clock) = (folder, options, progress, clock);
        group = new ProcessGroup(clock, progress.Say);
        state = new HostState
        {
            Host = ProcessRef.Of(Environment.ProcessId)!,
            Phase = Phase.Starting,
            Options = options,
            Release = JsonFile.Read<HostState>(folder.HostFile)?.Release,
        };
        reloading = PosixSignalRegistration.Create(
            (PosixSignal)(int)Signal.Reload,
            context =>
            {
                context.Cancel = true;
                reload.Release();
            }
        );
        group.Changed += () => _ = SaveAsync(s => s);
    }

    /// <summary>The lock that says a host is at work in this folder; null when another holds it. The system releases it however a host ends.</summary>
    public static FileStream? TryLock(DataFolder folder)
    {
        try
        {
            return new FileStream(folder.LockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Returns when <paramref name="stop"/> was asked for and everything has ended: 0, or 1 when it never came up.</summary>
    public async Task<int> RunAsync(Action ready, CancellationToken stop)
    {
        var code = 0;
        try
        {
            await SaveAsync(s => s);
            await new Deployment(folder, options, progress, clock).StartAsync(
                group,
                (release, web) => _ = SaveAsync(s => s with { Release = release, Web = web }),
                stop
            );
            var passwords = await Passwords.EnsureAsync(folder, [], stop);
            await SaveAsync(s => s with { Phase = Phase.Ready, PasswordsInUse = passwords.Digest() });
            ready();
            while (true)
            {
                if (await reload.WaitAsync(BetweenRotations, stop))
                {
                    await ReloadAsync(stop);
                }

                LogRotation.Rotate(folder.Logs);
                await RenewCertificateAsync(stop);
            }
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            // Ctrl-C reaches a build that runs as well, so its failure is no reason of its own.
            progress.Say("Asked to stop.");
        }
        catch (HostException e)
        {
            progress.Print($"\nFailed: {e.What}\n{e.Todo}\n");
            code = 1;
        }

        await SaveAsync(s => s with { Phase = Phase.Stopping });
        await group.StopAsync();
        await SaveAsync(s => s with { Phase = code == 0 ? Phase.Stopped : Phase.Failed });
        progress.Say("Everything has stopped.");
        return code;
    }

    private async Task ReloadAsync(CancellationToken ct)
    {
        if (options.Topology is not null)
        {
            return;
        }

        try
        {
            var digest = await new Reload(folder, state, progress).RunAsync(group, ct);
            await SaveAsync(s => s with { PasswordsInUse = digest });
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            // What runs goes on; deploy/rotate sees no success and tells the operator.
            progress.Say($"The change could not be taken over: {(e is HostException host ? $"{host.What} {host.Todo}" : e.Message)}");
        }
    }

    private async Task RenewCertificateAsync(CancellationToken ct)
    {
        try
        {
            if (await PublicCertificate.CopyAsync(folder, options, ct))
            {
                progress.Say("The renewed certificate is with the gateway; it counts within a minute.");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or HostException)
        {
            // Being replaced right now, or gone: the copy that the gateway has stays.
        }
    }

    public async ValueTask DisposeAsync()
    {
        reloading.Dispose();
        reload.Dispose();
        await group.DisposeAsync();
        saving.Dispose();
    }

    private async Task SaveAsync(Func<HostState, HostState> change)
    {
        await saving.WaitAsync();
        try
        {
            state = change(state) with
            {
                Processes =
                [
                    .. group
                        .Members.Where(m => m.Process is not null)
                        .Select(m => new StartedProcess(
                            m.Plan.Name,
                            m.Plan.Instance,
                            m.Plan.Kind.ToString().ToLowerInvariant(),
                            m.Plan.Address,
                            m.Process!.Pid,
                            m.Process.StartTicks
                        )),
                ],
            };
            await JsonFile.WriteAsync(folder.HostFile, state, CancellationToken.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not fatal: the pid files, which the processes write themselves, are authoritative.
            progress.Say($"{folder.HostFile} could not be written: {e.Message}");
        }
        finally
        {
            saving.Release();
        }
    }
}
