using GroupTherapy.Host.Engines;
using GroupTherapy.Host.Processes;

namespace GroupTherapy.Host.Startup;

/// <summary>Installs the Debian packages that are missing, without starting any system instance of them.</summary>
public static class Packages
{
    private const string Policy = "/usr/sbin/policy-rc.d";

    /// <summary>The packages whose programs are not there.</summary>
    /// <param name="media">Whether media servers are wanted.</param>
    /// <param name="tests">Whether the tests' browser and proxies are wanted too, and the compiler that lets its calls stay on loopback.</param>
    public static IReadOnlyList<string> Missing(bool media, bool tests = false)
    {
        (string Package, bool There)[] wanted =
        [
            ("postgresql", PostgresEngine.Binaries() is not null),
            ("redis-server", File.Exists("/usr/bin/redis-server")),
            ("rabbitmq-server", File.Exists("/usr/lib/rabbitmq/bin/rabbitmq-server")),
            // Weekly sessions live in local time; a slim machine knows no zones.
            ("tzdata", File.Exists("/usr/share/zoneinfo/America/New_York")),
            ("python3", File.Exists("/usr/bin/python3")),
            // Some installations of Node.js bring npm along.
            ("nodejs", IsInPath("node")),
            ("npm", IsInPath("npm")),
            ("chromium", !tests || File.Exists("/usr/bin/chromium")),
            ("nginx-light", !tests || File.Exists("/usr/sbin/nginx")),
            ("caddy", !tests || File.Exists("/usr/bin/caddy")),
            ("gcc", !tests || IsInPath("gcc")),
            ("libc6-dev", !tests || File.Exists("/usr/include/stdio.h")),
            ("janus", !media || File.Exists(JanusEngine.Program)),
            ("coturn", !media || File.Exists(CoturnEngine.Program)),
        ];
        return [.. wanted.Where(w => !w.There).Select(w => w.Package)];
    }

    private static bool IsInPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Any(folder => File.Exists(Path.Combine(folder, program)));

    /// <summary>Installs what is missing. Needs root; says exactly what to install otherwise.</summary>
    /// <param name="media">Whether media servers are wanted.</param>
    /// <param name="tests">Whether the tests' browser, proxies and compiler are wanted too.</param>
    public static async Task EnsureAsync(bool media, Progress progress, string logFile, CancellationToken ct, bool tests = false)
    {
        var missing = Missing(media, tests);
        if (missing.Count == 0)
        {
            return;
        }

        var names = string.Join(' ', missing);
        if (!SystemUser.CallerIsRoot)
        {
            throw new HostException($"Not installed: {names}.", $"Run as root: apt-get install --no-install-recommends {names}");
        }

        await progress.StepAsync(
            $"Installing {names}",
            async () =>
            {
                var policyIsOurs = !File.Exists(Policy);
                if (policyIsOurs)
                {
                    // Debian's own way to install a server without starting it.
                    await File.WriteAllTextAsync(Policy, "#!/bin/sh\nexit 101\n", ct);
                    File.SetUnixFileMode(
                        Policy,
                        File.GetUnixFileMode(Policy) | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute
                    );
                }

                try
                {
                    // A fresh machine has no package lists, an old one stale ones; a current one needs no update.
                    if (!await AptAsync(["install", "-y", "--no-install-recommends", .. missing], logFile, ct))
                    {
                        await AptAsync(["update"], logFile, ct);
                        if (!await AptAsync(["install", "-y", "--no-install-recommends", .. missing], logFile, ct))
                        {
                            throw new HostException($"apt-get could not install {names}.", $"Its log is {logFile}; the last lines:\n{LogTail.Of(logFile)}");
                        }
                    }
                }
                finally
                {
                    if (policyIsOurs)
                    {
                        File.Delete(Policy);
                    }
                }
            }
        );
    }

    private static async Task<bool> AptAsync(IReadOnlyList<string> arguments, string logFile, CancellationToken ct)
    {
        var (code, output) = await Tool.CaptureAsync(
            [
                "/usr/bin/env",
                "DEBIAN_FRONTEND=noninteractive",
                "apt-get",
                "-o",
                "DPkg::Lock::Timeout=120",
                "-o",
                "Dpkg::Options::=--force-confold",
                .. arguments,
            ],
            ct
        );
        await File.AppendAllTextAsync(logFile, output, ct);
        return code == 0;
    }
}
