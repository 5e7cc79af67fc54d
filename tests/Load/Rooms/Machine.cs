using System.Diagnostics;
using System.Globalization;

namespace GroupTherapy.Load.Rooms;

/// <summary>What processes used, as Linux counts it.</summary>
internal static class Machine
{
    private const double TicksPerSecond = 100;

    /// <summary>CPU-seconds of these processes up to now.</summary>
    public static double Cpu(IEnumerable<int> pids) => pids.Sum(CpuOf);

    /// <summary>CPU-seconds of all processes together up to now.</summary>
    public static double AllCpu()
    {
        // user nice system idle iowait irq softirq steal
        var fields = File.ReadLines("/proc/stat")
            .First()
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Skip(1)
            .Select(f => double.Parse(f, CultureInfo.InvariantCulture))
            .ToList();
        return (fields[0] + fields[1] + fields[2] + fields[5] + fields[6] + fields[7]) / TicksPerSecond;
    }

    /// <summary>A process and those it started.</summary>
    public static IReadOnlyList<int> WithChildren(int pid) =>
        [
            pid,
            .. Directory
                .GetDirectories("/proc")
                .Select(Path.GetFileName)
                .Where(n => int.TryParse(n, out _))
                .Select(n => int.Parse(n!, CultureInfo.InvariantCulture))
                .Where(p => Stat(p) is { } stat && stat[1] == pid.ToString(CultureInfo.InvariantCulture)),
        ];

    /// <summary>A process and everything it started, at any depth.</summary>
    public static IReadOnlyList<int> WithDescendants(int pid)
    {
        var parents = Directory
            .GetDirectories("/proc")
            .Select(Path.GetFileName)
            .Where(n => int.TryParse(n, out _))
            .Select(n => int.Parse(n!, CultureInfo.InvariantCulture))
            .Select(p => (Pid: p, Stat: Stat(p)))
            .Where(p => p.Stat is not null)
            .ToLookup(p => int.Parse(p.Stat![1], CultureInfo.InvariantCulture), p => p.Pid);
        List<int> all = [pid];
        for (var i = 0; i < all.Count; i++)
        {
            all.AddRange(parents[all[i]]);
        }

        return all;
    }

    /// <summary>Resident memory, shared pages counted once among those that share them; 0 when the process is gone.</summary>
    public static double ProportionalKiB(int pid)
    {
        try
        {
            return double.Parse(
                File.ReadLines($"/proc/{pid}/smaps_rollup")
                    .First(l => l.StartsWith("Pss:", StringComparison.Ordinal))
                    .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
                CultureInfo.InvariantCulture
            );
        }
        catch (IOException)
        {
            return 0;
        }
    }

    public static double ResidentKiB(int pid) =>
        double.Parse(
            File.ReadLines($"/proc/{pid}/status").First(l => l.StartsWith("VmRSS", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[
                1
            ],
            CultureInfo.InvariantCulture
        );

    /// <summary>What one durable write of a log page costs on this disk right now: the least that any acknowledgement waits for.</summary>
    public static Histogram BareSync(string folder, TimeSpan during)
    {
        Directory.CreateDirectory(folder);
        var (times, page) = (new Histogram(), new byte[8192]);
        var path = Path.Combine(folder, "sync");
        using (var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 0))
        {
            // Written before, like the log's own segments: no block is allocated while it is timed.
            file.Write(new byte[16 << 20]);
            file.Flush(true);
            var began = Stopwatch.GetTimestamp();
            for (var n = 0; Stopwatch.GetElapsedTime(began) < during; n++)
            {
                var at = Stopwatch.GetTimestamp();
                RandomAccess.Write(file.SafeFileHandle, page, n % 2048 * 8192L);
                _ = Native.DataSync((int)file.SafeFileHandle.DangerousGetHandle());
                times.Add((long)Stopwatch.GetElapsedTime(at).TotalMicroseconds);
            }
        }

        File.Delete(path);
        return times;
    }

    private static double CpuOf(int pid) =>
        Stat(pid) is { } stat
            ? (double.Parse(stat[11], CultureInfo.InvariantCulture) + double.Parse(stat[12], CultureInfo.InvariantCulture)) / TicksPerSecond
            : 0;

    // From the third field on: the second may hold blanks.
    private static string[]? Stat(int pid)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{pid}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }
}
