using GroupTherapy.Host.Processes;
using GroupTherapy.Host.Startup;
using GroupTherapy.Host.State;

namespace GroupTherapy.Host.Commands;

/// <summary><c>up --detach</c>: leaves a host behind in a session of its own and shows what it says until it is ready.</summary>
public static class Detached
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    public static async Task<int> StartAsync(DataFolder folder, IReadOnlyList<string> args, Progress progress, TimeProvider clock, CancellationToken stop)
    {
        var from = File.Exists(folder.HostLog) ? new FileInfo(folder.HostLog).Length : 0;
        var host = Launcher.Start(
            new LaunchSpec
            {
                Program = DotnetPath.Value,
                Arguments = [typeof(Detached).Assembly.Location, .. args, "--daemon"],
                // So that `--data` given relative to here means the same there.
                WorkingFolder = Directory.GetCurrentDirectory(),
                Environment = new Dictionary<string, string> { ["GT_ROOT"] = Checkout.Root },
                LogFile = folder.HostLog,
                PidFile = folder.PidOf(OrphanProcesses.HostPid),
            }
        );

        using var log = new LogFollower(folder.HostLog, from);
        while (host.IsAlive)
        {
            log.CopyTo(progress);
            if (JsonFile.Read<HostState>(folder.HostFile) is { Phase: Phase.Ready } state && state.Host == host)
            {
                log.CopyTo(progress);
                return 0;
            }

            if (stop.IsCancellationRequested)
            {
                host.Send(Signal.Terminate);
                await host.WaitGoneAsync(TimeSpan.FromSeconds(90), clock, CancellationToken.None);
                log.CopyTo(progress);
                return 130;
            }

            await Task.Delay(Look, clock, CancellationToken.None);
        }

        log.CopyTo(progress);
        return 1;
    }

    private sealed class LogFollower(string path, long from) : IDisposable
    {
        private StreamReader? reader;

        /// <summary>Prints the whole lines that have come since the last call.</summary>
        public void CopyTo(Progress progress)
        {
            if (reader is null && File.Exists(path))
            {
                var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                stream.Seek(from, SeekOrigin.Begin);
                reader = new StreamReader(stream);
            }

            while (reader?.ReadLine() is { } line)
            {
                progress.Print(line);
            }
        }

        public void Dispose() => reader?.Dispose();
    }
}
