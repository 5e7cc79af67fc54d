using System.Diagnostics;

namespace GroupTherapy.Host.Processes;

/// <summary>Starts processes that outlive their starter: own session, no shared pipes, identity written by the process itself.</summary>
public static class Launcher
{
    // setsid, sh, setpriv and the program replace each other in one process, so the pid stays the same all along.
    private const string Prologue = """
        umask 077
        ulimit -c 0
        log=$1 pidfile=$2 stamp=$3
        shift 3
        exec </dev/null >>"$log" 2>&1
        read -r boot </proc/sys/kernel/random/boot_id
        read -r stat </proc/$$/stat
        ticks=$(echo "${stat##*) }" | cut -d' ' -f20)
        echo "$$ $ticks $boot $stamp" >"$pidfile.new" && mv "$pidfile.new" "$pidfile" || exit 71
        exec "$@"
        """;

    /// <summary>Starts the program and returns its identity. That it started says nothing about its readiness.</summary>
    public static ProcessRef Start(LaunchSpec spec)
    {
        var start = new ProcessStartInfo("/usr/bin/setsid") { WorkingDirectory = spec.WorkingFolder, UseShellExecute = false };
        if (spec.CleanEnvironment)
        {
            Clear(start);
        }

        Apply(spec.Environment, start);
        IEnumerable<string> command = [spec.Program, .. spec.Arguments];
        command =
            spec.Confined ? SystemUser.Confined(spec.User, spec.BindsLowPort, command)
            : spec.User is not null && SystemUser.CallerIsRoot ? SystemUser.As(spec.User, command)
            : command;

        foreach (var argument in (IEnumerable<string>)["/bin/sh", "-c", Prologue, "sh", spec.LogFile, spec.PidFile, spec.Stamp, .. command])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{spec.Program} could not be started.");
        // A process that is gone already is reported as such: its ticks never match anything alive.
        return ProcessRef.Of(process.Id) ?? new ProcessRef(process.Id, -1, "");
    }

    /// <summary>An environment without anything of the caller's.</summary>
    public static void Clear(ProcessStartInfo start)
    {
        start.Environment.Clear();
        start.Environment["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        start.Environment["LANG"] = "C.UTF-8";
    }

    /// <summary>Adds variables to the environment of a process to be; an empty value removes one.</summary>
    public static void Apply(IReadOnlyDictionary<string, string> environment, ProcessStartInfo start)
    {
        foreach (var (name, value) in environment)
        {
            if (value.Length == 0)
            {
                start.Environment.Remove(name);
            }
            else
            {
                start.Environment[name] = value;
            }
        }
    }

    /// <summary>The running process that <paramref name="pidFile"/> names, with the stamp it was started under; null when it does not run.</summary>
    public static (ProcessRef Process, string Stamp)? Running(string pidFile)
    {
        if (!File.Exists(pidFile))
        {
            return null;
        }

        var line = File.ReadAllText(pidFile);
        return ProcessRef.Parse(line) is { IsAlive: true } process ? (process, line.Trim().Split(' ').ElementAtOrDefault(3) ?? "") : null;
    }

    /// <summary>Asks the process to end by each signal in turn, giving each its time, and kills it at last.</summary>
    public static async Task StopAsync(
        ProcessRef process,
        IReadOnlyList<(Signal Signal, TimeSpan Wait)> steps,
        TimeProvider clock,
        CancellationToken ct = default
    )
    {
        foreach (var (signal, wait) in steps)
        {
            if (!process.Send(signal) || await process.WaitGoneAsync(wait, clock, ct))
            {
                return;
            }
        }

        process.Send(Signal.Kill);
        await process.WaitGoneAsync(TimeSpan.FromSeconds(10), clock, ct);
    }
}
