using System.Security.Cryptography;
using System.Text;
using GroupTherapy.Host.Processes;
using GroupTherapy.Host.Topology;

namespace GroupTherapy.Host.Startup;

/// <summary>
/// The services' binaries of one state of the sources, in a folder named by the sources' digest that never changes once it is there.
/// So a rebuild cannot pull the files from under another instance of the same checkout, and unchanged sources are not built again.
/// </summary>
public static class Release
{
    private const int Kept = 3;
    private static readonly string[] SourceFolders = ["services", "gateway"];
    private static readonly string[] SourceFiles = ["Directory.Build.props", "Directory.Packages.props", ".editorconfig", "deploy/run.slnf"];
    private static readonly HashSet<string> NotSource = ["bin", "obj", "node_modules", "web", "dist"];

    /// <summary>The folder of the current sources' binaries, built now if it is not there.</summary>
    public static async Task<string> EnsureAsync(string root, Progress progress, string logFile, CancellationToken ct)
    {
        var runs = Directory.CreateDirectory(Path.Combine(root, "artifacts", "run")).FullName;
        var release = Path.Combine(runs, await StampAsync(root, ct));
        if (!Directory.Exists(release))
        {
            await progress.StepAsync(
                "Building the services",
                async () =>
                {
                    await using var alone = await LockAsync(Path.Combine(runs, "build.lock"), ct);
                    if (!Directory.Exists(release))
                    {
                        await BuildAsync(root, runs, release, progress, logFile, ct);
                    }
                }
            );
        }

        Directory.SetLastWriteTimeUtc(release, TimeProvider.System.GetUtcNow().UtcDateTime);
        Prune(runs);
        return release;
    }

    /// <summary>16 hexadecimal digits over the names and contents of all sources.</summary>
    public static async Task<string> StampAsync(string root, CancellationToken ct)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var files = SourceFolders
            .Select(folder => new DirectoryInfo(Path.Combine(root, folder)))
            .Where(folder => folder.Exists)
            .SelectMany(Files)
            .Concat(SourceFiles.Select(file => Path.Combine(root, file)).Where(File.Exists))
            .OrderBy(file => file, StringComparer.Ordinal);
        foreach (var file in files)
        {
            digest.AppendData(Encoding.UTF8.GetBytes(Path.GetRelativePath(root, file)));
            digest.AppendData(SHA256.HashData(await File.ReadAllBytesAsync(file, ct)));
        }

        return Convert.ToHexStringLower(digest.GetHashAndReset())[..16];
    }

    private static IEnumerable<string> Files(DirectoryInfo folder) =>
        folder
            .EnumerateFiles()
            .Select(file => file.FullName)
            .Concat(folder.EnumerateDirectories().Where(sub => !NotSource.Contains(sub.Name)).SelectMany(Files));

    private static async Task BuildAsync(string root, string runs, string release, Progress progress, string logFile, CancellationToken ct)
    {
        var build = Path.Combine(runs, "build");
        // Whole, not incremental: that goes by file times, and files that came with older times would be left out of a release that bears their digest.
        // Without analyzers: the build of the tests runs them. TieredPGO pays off in long runs only, and each compiler process is short.
        var built = 0;
        var (code, output) = await Tool.CaptureAsync(
            [
                "/usr/bin/env",
                "DOTNET_NOLOGO=1",
                "DOTNET_CLI_TELEMETRY_OPTOUT=1",
                "DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1",
                "DOTNET_TieredPGO=0",
                DotnetPath.Value,
                "build",
                Path.Combine(root, "deploy", "run.slnf"),
                "-c",
                "Release",
                "--artifacts-path",
                build,
                "--no-incremental",
                "-p:RunAnalyzers=false",
                "-v",
                "m",
                "-clp:NoSummary",
                "-nodeReuse:false",
            ],
            ct,
            onLine: line =>
            {
                // MSBuild names a project when it is built: "  Room -> /path/GroupTherapy.Room.dll".
                if (line.IndexOf(" -> ", StringComparison.Ordinal) is > 0 and var arrow)
                {
                    progress.Say($"Building the services: {line[..arrow].Trim()} is built ({++built})");
                }
            }
        );
        await File.WriteAllTextAsync(logFile, output, ct);
        if (code != 0)
        {
            var errors = output.Split('\n').Where(line => line.Contains("error", StringComparison.Ordinal)).Distinct().Take(12);
            throw new HostException("The services could not be built.", $"The whole output is in {logFile}; the errors:\n{string.Join('\n', errors)}");
        }

        var fresh = release + ".new";
        if (Directory.Exists(fresh))
        {
            Directory.Delete(fresh, recursive: true);
        }

        foreach (var service in Services.All)
        {
            Copy(new DirectoryInfo(Path.Combine(build, "bin", service.Project, "release")), Path.Combine(fresh, service.Project));
        }

        Directory.Move(fresh, release);
    }

    private static void Copy(DirectoryInfo from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in from.EnumerateFiles())
        {
            file.CopyTo(Path.Combine(to, file.Name), overwrite: true);
        }

        foreach (var folder in from.EnumerateDirectories())
        {
            Copy(folder, Path.Combine(to, folder.Name));
        }
    }

    // Two that start together in one checkout: the second waits and finds the work done.
    internal static async Task<FileStream> LockAsync(string path, CancellationToken ct)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, ct);
            }
        }
    }

    private static bool IsStamp(string name) => name.Length == 16 && name.All(char.IsAsciiHexDigitLower);

    // Releases, of services and of hosts, that nothing runs from go, apart from the newest few of each.
    private static void Prune(string runs)
    {
        var old = new DirectoryInfo(runs)
            .EnumerateDirectories()
            .Where(folder => IsStamp(folder.Name) || (folder.Name.StartsWith("host-", StringComparison.Ordinal) && IsStamp(folder.Name["host-".Length..])))
            .GroupBy(folder => folder.Name.StartsWith("host-", StringComparison.Ordinal))
            .SelectMany(kind => kind.OrderByDescending(folder => folder.LastWriteTimeUtc).Skip(Kept))
            .ToList();
        if (old.Count == 0)
        {
            return;
        }

        var commands = string.Join('\n', CommandLines());
        foreach (var folder in old.Where(folder => !commands.Contains(folder.FullName, StringComparison.Ordinal)))
        {
            folder.Delete(recursive: true);
        }
    }

    private static IEnumerable<string> CommandLines()
    {
        foreach (var process in Directory.EnumerateDirectories("/proc").Where(p => char.IsAsciiDigit(Path.GetFileName(p)[0])))
        {
            string? line = null;
            try
            {
                line = File.ReadAllText(Path.Combine(process, "cmdline"));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Gone in between, or another process's.
            }

            if (line is not null)
            {
                yield return line;
            }
        }
    }
}
