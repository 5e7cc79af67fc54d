using System.Globalization;
using System.Runtime.InteropServices;
using GroupTherapy.Host.Options;
using GroupTherapy.Host.Processes;
using GroupTherapy.Host.State;
using GroupTherapy.Host.Topology;

namespace GroupTherapy.Host.Checks;

/// <summary>The machine: who may read what, clock, disk, backup.</summary>
public static class MachineChecks
{
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
    private const long LeastFree = 5L * 1024 * 1024 * 1024;
    private static readonly TimeSpan BackupEvery = TimeSpan.FromHours(26);

    public static IReadOnlyList<Finding> Run(DataFolder folder, RunOptions options, DateTimeOffset now) =>
        [Users(folder), Files(folder), Clock(), Disk(new DriveInfo(folder.Root).AvailableFreeSpace, folder), Backup(folder, now), Demonstration(options)];

    /// <summary>Files with secrets that other users may read.</summary>
    public static Finding Files(DataFolder folder)
    {
        var open = new[] { "settings", "secrets", "state" }
            .Select(name => Path.Combine(folder.Root, name))
            .Where(Directory.Exists)
            .SelectMany(path => Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories))
            .Where(file => (File.GetUnixFileMode(file) & Others) != 0 && new FileInfo(file).Length > 0)
            .ToList();
        return open.Count == 0
            ? Finding.Ok("secret-files", "Settings and secrets can be read by their owners alone.")
            : Finding.Missing(
                "secret-files",
                $"Others may read {string.Join(", ", open.Take(3))}{(open.Count > 3 ? $" and {open.Count - 3} more" : "")}. "
                    + "Take that away with chmod 600, and rotate what stood there (deploy/rotate)."
            );
    }

    public static Finding Disk(long free, DataFolder folder) =>
        free < LeastFree
            ? Finding.Missing("disk", $"{Gigabytes(free)} GB are free in {folder.Root}; have 5 GB at least.")
            : Finding.Ok("disk", $"{Gigabytes(free)} GB are free.");

    /// <summary>The backup job of the site touches a file when it has succeeded: the host cannot know where backups go.</summary>
    public static Finding Backup(DataFolder folder, DateTimeOffset now)
    {
        if (!File.Exists(folder.BackupMark))
        {
            return Finding.Missing("backup", $"No backup is known. Set one up, let its last step be `touch {folder.BackupMark}`, and try to restore it once.");
        }

        var last = new DateTimeOffset(File.GetLastWriteTimeUtc(folder.BackupMark), TimeSpan.Zero);
        return now - last <= BackupEvery
            ? Finding.Ok("backup", $"The last backup succeeded at {last.ToString("u", CultureInfo.InvariantCulture)}.")
            : Finding.Missing("backup", $"The last backup succeeded at {last.ToString("u", CultureInfo.InvariantCulture)}, more than 26 hours ago.");
    }

    public static Finding Demonstration(RunOptions options) =>
        options.Demo
            ? Finding.Missing("demonstration", "It runs as a demonstration: everybody knows its passwords. Start anew in another data folder, without --demo.")
        : TimeSettings.All.FirstOrDefault(t => options.Times.TryGetValue(t.Name, out var s) && s < t.Seconds) is { Name: { } name }
            ? Finding.Missing("times", $"--set {name} is shorter than the usual time.")
        : Finding.Ok("demonstration", "It is no demonstration.");

    private static Finding Users(DataFolder folder) =>
        folder.HasServiceUsers ? Finding.Ok("users", "Each service runs as a system user of its own.")
        : SystemUser.CallerIsRoot
            ? Finding.Missing("users", $"The services run as root, since {folder.ShutOut} is closed to others. Use --data /var/lib/grouptherapy.")
        : Finding.Advice("users", "All services run as the same user. Started by root, each runs as one of its own.");

    private static Finding Clock()
    {
        // struct timex; modes = 0 only reads. 5 is TIME_ERROR: the clock is not synchronised.
        return NativeMethods.AdjustTime(new byte[256]) == 5
            ? Finding.Missing(
                "clock",
                "The clock is not synchronised: sessions begin at the wrong time, and sign-ins by code fail. Install chrony or systemd-timesyncd."
            )
            : Finding.Ok("clock", "The clock is synchronised.");
    }

    private static string Gigabytes(long bytes) => (bytes / 1e9).ToString("0.0", CultureInfo.InvariantCulture);

    private static class NativeMethods
    {
        [DllImport("libc", EntryPoint = "adjtimex")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        internal static extern int AdjustTime([In, Out] byte[] timex);
    }
}
