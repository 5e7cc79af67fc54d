using GroupTherapy.Host.Engines;
using GroupTherapy.Host.Processes;
using GroupTherapy.Host.State;
using GroupTherapy.Host.Topology;

namespace GroupTherapy.Host.Startup;

/// <summary>
/// Makes the system users that our programs run as when root starts them, one each, and gives each what it reads and writes: its settings, its
/// secrets, its anchors. None of them can log in, and none can read another's files.
/// </summary>
public static class ServiceUsers
{
    // Of services and of the web client, for this start and two before it.
    private const int CopiesKept = 6;
    private const UnixFileMode Mine = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Makes what is missing.</summary>
    /// <exception cref="HostException">A user cannot be made.</exception>
    public static async Task EnsureAsync(DataFolder folder, CancellationToken ct)
    {
        foreach (var name in (string[])["settings", "secrets", "anchors"])
        {
            EnginePlace.Passage(Path.Combine(folder.Root, name));
        }

        foreach (var service in Services.All)
        {
            var user = folder.UserOf(service.Name)!;
            if (!await Tool.SucceedsAsync(["/usr/bin/getent", "passwd", user], ct))
            {
                // Another start may make the same user at the same time.
                var (code, output) = await Tool.CaptureAsync(
                    ["/usr/sbin/useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", user],
                    ct
                );
                if (code != 0 && !await Tool.SucceedsAsync(["/usr/bin/getent", "passwd", user], ct))
                {
                    throw new HostException($"The system user '{user}' cannot be made.", output.Trim());
                }
            }

            await SystemUser.GiveAsync(folder.SecretsOf(service.Name), user, ct);
            if (service != Services.Gateway)
            {
                var anchors = folder.AnchorOf(service.Name);
                await using (
                    new FileStream(
                        anchors,
                        new FileStreamOptions
                        {
                            Mode = FileMode.OpenOrCreate,
                            Access = FileAccess.Write,
                            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
                        }
                    )
                ) { }

                await SystemUser.GiveAsync(anchors, user, ct);
            }
        }

        // Mails that are not sent yet.
        Directory.CreateDirectory(folder.Mail, Mine);
        await SystemUser.GiveAsync(folder.Mail, folder.UserOf(Services.Mails.Name), ct);
    }

    /// <summary>The folder of programs as every user can read it: where it is, or a copy in the data folder if a folder above it is closed.</summary>
    public static async Task<string> ReadableAsync(string root, DataFolder folder, string programs, CancellationToken ct)
    {
        if (programs.Length == 0)
        {
            return programs;
        }

        // Built under the umask of a host that keeps its files to itself.
        await Tool.RunAsync(["/usr/bin/chmod", "-R", "a+rX", programs], ct);
        foreach (var passage in (string[])["artifacts", "artifacts/run"])
        {
            EnginePlace.Passage(Path.Combine(root, passage));
        }

        if (DataFolder.ClosedAbove(programs) is null)
        {
            return programs;
        }

        var copies = EnginePlace.Passage(Path.Combine(folder.Root, "programs"));
        var copy = Path.Combine(copies, Path.GetFileName(programs));
        if (!Directory.Exists(copy))
        {
            await Tool.RunAsync(["/usr/bin/rm", "-rf", copy + ".new"], ct);
            await Tool.RunAsync(["/usr/bin/cp", "-r", "--preserve=mode", programs, copy + ".new"], ct);
            Directory.Move(copy + ".new", copy);
        }

        Directory.SetLastWriteTimeUtc(copy, TimeProvider.System.GetUtcNow().UtcDateTime);
        foreach (var old in new DirectoryInfo(copies).EnumerateDirectories().OrderByDescending(d => d.LastWriteTimeUtc).Skip(CopiesKept))
        {
            old.Delete(recursive: true);
        }

        return copy;
    }
}
