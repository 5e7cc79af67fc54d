using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using GroupTherapy.Host.Processes;

namespace GroupTherapy.Host.Startup;

/// <summary>
/// The built web client of one state of its sources, in a folder named by the sources' digest. Its packages come from the lock file (<c>npm ci</c>)
/// into a folder of their own, so that no <c>node_modules</c> in the checkout is touched.
/// </summary>
public static partial class WebBuild
{
    /// <summary>Packages that bring Node.js and npm.</summary>
    public static readonly IReadOnlyList<string> Packages = ["nodejs", "npm"];

    private const int Kept = 20;
    private const string LockFile = "package-lock.json";
    private static readonly Version OldestNode = new(18, 19);
    private static readonly HashSet<string> NotSource = ["node_modules", "dist"];

    /// <summary>The folder of the current sources' client, built now if it is not there. Empty when this checkout has no web client.</summary>
    public static async Task<string> EnsureAsync(string root, Progress progress, string logFile, CancellationToken ct)
    {
        var sources = Path.Combine(root, "gateway", "web");
        if (!File.Exists(Path.Combine(sources, LockFile)))
        {
            return "";
        }

        var runs = Directory.CreateDirectory(Path.Combine(root, "artifacts", "run")).FullName;
        var built = Path.Combine(runs, "web-" + await StampAsync(sources, ct));
        if (!Directory.Exists(built))
        {
            await progress.StepAsync(
                "Building the web client",
                async () =>
                {
                    await using var alone = await Release.LockAsync(Path.Combine(runs, "web.lock"), ct);
                    if (!Directory.Exists(built))
                    {
                        await EnsureNodeAsync(ct);
                        await BuildAsync(sources, Path.Combine(runs, "web"), built, logFile, ct);
                    }
                }
            );
        }

        Directory.SetLastWriteTimeUtc(built, TimeProvider.System.GetUtcNow().UtcDateTime);
        foreach (var old in new DirectoryInfo(runs).EnumerateDirectories("web-*").OrderByDescending(d => d.LastWriteTimeUtc).Skip(Kept))
        {
            old.Delete(recursive: true);
        }

        return built;
    }

    /// <summary>The version that <c>node --version</c> prints, <c>v18.20.4</c>; null when it is something else.</summary>
    public static Version? VersionOf(string printed) => NodeVersion().Match(printed) is { Success: true } m ? Version.Parse(m.Groups[1].ValueSpan) : null;

    private static async Task EnsureNodeAsync(CancellationToken ct)
    {
        var todo =
            $"The web client needs Node.js {OldestNode} or newer, with npm. Debian 12 has both: "
            + $"apt-get install --no-install-recommends {string.Join(' ', Packages)}";
        var (node, npm) = (await PrintedAsync("node", ct), await PrintedAsync("npm", ct));
        if (node is null || npm is null)
        {
            throw new HostException($"{(node is null ? "Node.js" : "npm")} is not installed.", todo);
        }

        if (VersionOf(node) is not { } version || version < OldestNode)
        {
            throw new HostException($"Node.js is too old: {node.Trim()}.", todo);
        }
    }

    private static async Task<string?> PrintedAsync(string program, CancellationToken ct)
    {
        var (code, output) = await Tool.CaptureAsync(["/usr/bin/env", program, "--version"], ct);
        return code == 0 ? output : null;
    }

    private static async Task BuildAsync(string sources, string work, string built, string logFile, CancellationToken ct)
    {
        Directory.CreateDirectory(work);
        foreach (var entry in new DirectoryInfo(work).EnumerateFileSystemInfos().Where(e => e.Name is not ("node_modules" or ".installed")))
        {
            Delete(entry);
        }

        Copy(new DirectoryInfo(sources), work);
        // The packages are installed anew only when the lock file names others.
        var wanted = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(work, LockFile), ct)));
        var mark = Path.Combine(work, ".installed");
        if (!File.Exists(mark) || await File.ReadAllTextAsync(mark, ct) != wanted)
        {
            File.Delete(mark);
            // Scripts of packages do not run: none of ours needs one.
            await NpmAsync(work, logFile, ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], "The packages of the web client could not be installed.", ct);
            await File.WriteAllTextAsync(mark, wanted, ct);
        }

        await NpmAsync(work, logFile, ["run", "bundle"], "The web client could not be built.", ct);
        Directory.Move(Path.Combine(work, "dist"), built);
    }

    private static async Task NpmAsync(string folder, string logFile, IReadOnlyList<string> arguments, string failure, CancellationToken ct)
    {
        var (code, output) = await Tool.CaptureAsync(
            ["/usr/bin/env", "npm", .. arguments],
            ct,
            start =>
            {
                start.WorkingDirectory = folder;
                start.Environment["NODE_ENV"] = arguments[0] == "ci" ? "development" : "production";
                start.Environment["npm_config_update_notifier"] = "false";
            }
        );
        await File.AppendAllTextAsync(logFile, output, ct);
        if (code != 0)
        {
            throw new HostException(failure, $"The whole output is in {logFile}; its end:\n{string.Join('\n', output.TrimEnd().Split('\n').TakeLast(12))}");
        }
    }

    private static async Task<string> StampAsync(string sources, CancellationToken ct)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in Files(new DirectoryInfo(sources)).OrderBy(f => f, StringComparer.Ordinal))
        {
            digest.AppendData(Encoding.UTF8.GetBytes(Path.GetRelativePath(sources, file)));
            digest.AppendData(SHA256.HashData(await File.ReadAllBytesAsync(file, ct)));
        }

        return Convert.ToHexStringLower(digest.GetHashAndReset())[..16];
    }

    private static IEnumerable<string> Files(DirectoryInfo folder) =>
        folder.EnumerateFiles().Select(file => file.FullName).Concat(folder.EnumerateDirectories().Where(d => !NotSource.Contains(d.Name)).SelectMany(Files));

    private static void Copy(DirectoryInfo from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in from.EnumerateFiles())
        {
            file.CopyTo(Path.Combine(to, file.Name), overwrite: true);
        }

        foreach (var folder in from.EnumerateDirectories().Where(d => !NotSource.Contains(d.Name)))
        {
            Copy(folder, Path.Combine(to, folder.Name));
        }
    }

    private static void Delete(FileSystemInfo entry)
    {
        if (entry is DirectoryInfo folder)
        {
            folder.Delete(recursive: true);
        }
        else
        {
            entry.Delete();
        }
    }

    [GeneratedRegex(@"^v(\d+\.\d+\.\d+)")]
    private static partial Regex NodeVersion();
}
