using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Serialization;

namespace GroupTherapy.Host.Processes;

/// <summary>The signals the host sends, by their Linux numbers.</summary>
public enum Signal
{
    Interrupt = 2,
    Quit = 3,
    Kill = 9,

    /// <summary>To a host: take over what was changed in its data folder (SIGUSR1).</summary>
    Reload = 10,
    Terminate = 15,
}

/// <summary>
/// One process for certain: its pid, the clock tick since boot at which it started, and which boot that was.
/// A pid alone may belong to a stranger by now; nothing here ever touches a process whose start does not match.
/// </summary>
public sealed record ProcessRef(int Pid, long StartTicks, string BootId)
{
    private const long PidfdOpen = 434;
    private const long PidfdSendSignal = 424;

    private static readonly string ThisBoot = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    /// <summary>True while this very process runs; a zombie counts as gone.</summary>
    [JsonIgnore]
    public bool IsAlive => BootId == ThisBoot && StartOf(Pid) == StartTicks;

    /// <summary>The running process with this pid, or null when there is none.</summary>
    public static ProcessRef? Of(int pid) => StartOf(pid) is { } ticks ? new ProcessRef(pid, ticks, ThisBoot) : null;

    /// <summary>Reads <c>pid ticks boot</c>, the first words of a pid file; null when it says something else.</summary>
    public static ProcessRef? Parse(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return
            words.Length >= 3
            && int.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
            && long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
            ? new ProcessRef(pid, ticks, words[2])
            : null;
    }

    /// <summary>A descriptor of this very process, by which its end is seen for a microsecond a look; null when it is gone.</summary>
    public ProcessHandle? Open()
    {
        var handle = NativeMethods.SystemCall(PidfdOpen, Pid, 0, 0, 0);
        if (handle < 0)
        {
            return null;
        }

        var opened = new ProcessHandle((int)handle);
        if (IsAlive)
        {
            return opened;
        }

        opened.Dispose();
        return null;
    }

    /// <summary>Sends the signal if the process still is the one meant.</summary>
    /// <returns>False when it is gone.</returns>
    public bool Send(Signal signal)
    {
        // The descriptor pins the process: between the check and the signal the pid cannot pass to another.
        using var handle = Open();
        return handle is not null && NativeMethods.SystemCall(PidfdSendSignal, handle.Descriptor, (long)signal, 0, 0) == 0;
    }

    /// <summary>Waits until the process is gone; false when it still runs after <paramref name="limit"/>.</summary>
    public async Task<bool> WaitGoneAsync(TimeSpan limit, TimeProvider clock, CancellationToken ct = default)
    {
        var started = clock.GetTimestamp();
        while (IsAlive)
        {
            if (clock.GetElapsedTime(started) > limit)
            {
                return false;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(25), clock, ct);
        }

        return true;
    }

    private static long? StartOf(int pid)
    {
        string stat;
        try
        {
            stat = File.ReadAllText($"/proc/{pid}/stat");
        }
        catch (IOException)
        {
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }

        // The second field is the command in parentheses and may itself hold blanks and parentheses.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return fields[0] is "Z" or "X" ? null : long.Parse(fields[19], CultureInfo.InvariantCulture);
    }
}

/// <summary>An open process (<c>pidfd_open(2)</c>): it names the same process even after its pid has passed to another.</summary>
public sealed class ProcessHandle(int descriptor) : IDisposable
{
    private const short Readable = 1;
    private const int CancelledWithin = 5000;
    private int descriptor = descriptor;

    internal int Descriptor => descriptor;

    /// <summary>Whether the process has ended; a zombie has.</summary>
    public bool HasEnded => HasEndedWithin(0);

    /// <summary>Completes at once when the process ends. Takes a thread that sleeps in the kernel: an idle deployment must cost nothing.</summary>
    public Task EndAsync(CancellationToken ct)
    {
        // A thread of its own keeps the descriptor: it may still wait in it for a moment after a cancellation.
        var ended = Task.Factory.StartNew(
            () =>
            {
                while (!ct.IsCancellationRequested && !HasEndedWithin(CancelledWithin)) { }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );
        _ = ended.ContinueWith(_ => Dispose(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return ended.WaitAsync(ct);
    }

    private bool HasEndedWithin(int milliseconds)
    {
        var asked = new NativeMethods.PollDescriptor { Descriptor = descriptor, Events = Readable };
        return descriptor < 0 || NativeMethods.Poll(ref asked, 1, milliseconds) > 0;
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref descriptor, -1) is >= 0 and var open)
        {
            _ = NativeMethods.Close(open);
        }
    }
}

internal static class NativeMethods
{
    [StructLayout(LayoutKind.Sequential)]
    internal struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Found;
    }

    [DllImport("libc", EntryPoint = "syscall", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static extern long SystemCall(long number, long a, long b, long c, long d);

    [DllImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static extern int Close(int descriptor);

    [DllImport("libc", EntryPoint = "poll")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static extern int Poll(ref PollDescriptor asked, ulong count, int milliseconds);
}
