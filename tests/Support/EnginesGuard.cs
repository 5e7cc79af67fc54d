using System.Diagnostics;
using GroupTherapy.Host.Processes;

namespace GroupTherapy.Tests.Support;

/// <summary>
/// Ends the engines of a test run when the run ends, however it ends. A small shell beside the run listens on a pipe; when the run is gone
/// (finished, cancelled, killed) the pipe closes, and the shell kills what it was told of, by pid and start, and removes the folder.
/// </summary>
internal sealed class EnginesGuard
{
    private const string Script = """
        trap '' INT TERM HUP
        known=''
        while read -r pid ticks; do known="$known $pid:$ticks"; done
        for entry in $known; do
          pid=${entry%%:*}; ticks=${entry##*:}
          { read -r stat </proc/$pid/stat; } 2>/dev/null || continue
          if [ "$(echo "${stat##*) }" | cut -d' ' -f20)" = "$ticks" ]; then kill -QUIT "$pid"; kill -KILL "$pid"; fi
        done 2>/dev/null
        rm -rf "$1" || { sleep 1; rm -rf "$1"; }
        """;

    private readonly Process shell;

    public EnginesGuard(string folder)
    {
        var start = new ProcessStartInfo("/usr/bin/setsid") { RedirectStandardInput = true, WorkingDirectory = "/" };
        foreach (var argument in new[] { "/bin/sh", "-c", Script, "engines-guard", folder })
        {
            start.ArgumentList.Add(argument);
        }

        shell = Process.Start(start) ?? throw new InvalidOperationException("The guard of the test engines could not be started.");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Release();
    }

    /// <summary>From now on this process ends with the test run.</summary>
    public void Watch(ProcessRef process)
    {
        lock (shell)
        {
            shell.StandardInput.WriteLine($"{process.Pid} {process.StartTicks}");
            shell.StandardInput.Flush();
        }
    }

    private void Release()
    {
        shell.StandardInput.Close();
        shell.WaitForExit(TimeSpan.FromSeconds(5));
    }
}
