using System.Security.Cryptography;
using System.Text;
using GroupTherapy.Host.Engines;
using GroupTherapy.Host.Processes;

namespace GroupTherapy.Host.State;

/// <summary>One deployment's folder: everything it keeps lies in here, each kind in its place.</summary>
public sealed class DataFolder
{
    private const UnixFileMode Mine = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public DataFolder(string root) => Root = root;

    public string Root { get; }

    public string HostFile => Path.Combine(Root, "host.json");
    public string LockFile => Path.Combine(Root, "state", "lock");
    public string PortsFile => Path.Combine(Root, "state", "ports.json");
    public string PasswordsFile => Path.Combine(Root, "state", "passwords.json");
    public string HostLog => LogOf("host");

    /// <summary>Touched by the site's backup job when it has succeeded.</summary>
    public string BackupMark => Path.Combine(Root, "state", "backup");

    public string Pids => Path.Combine(Root, "pids");
    public string Logs => Path.Combine(Root, "logs");
    public string Mail => Path.Combine(Root, "mail");

    /// <summary>True when an <c>up</c> was run here.</summary>
    public bool Exists => File.Exists(HostFile);

    /// <summary>Makes what is missing, and says plainly when it cannot.</summary>
    public void Create()
    {
        try
        {
            EnginePlace.Passage(Root);
            foreach (var name in (string[])["state", "state/settings", "logs", "pids", "settings", "settings/own", "secrets", "anchors"])
            {
                Directory.CreateDirectory(Path.Combine(Root, name), Mine);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HostException(
                $"The data folder {Root} cannot be made or written: {e.Message}",
                "Choose another with --data DIR, or run as the user who owns it."
            );
        }
    }

    /// <summary>Where the engines' data lies: in here, unless <see cref="MoveEnginesIfShutOut"/> found that their users cannot come here.</summary>
    public string EnginesRoot => File.Exists(EnginesFile) ? File.ReadAllText(EnginesFile).Trim() : Root;

    private string EnginesFile => Path.Combine(Root, "state", "engines");

    /// <summary>
    /// A checkout in root's home is closed to the users that the engines run as. Where no data folder was chosen, their data then goes to
    /// <paramref name="shelter"/>, once and for good.
    /// </summary>
    /// <returns>The closed folder and the place chosen; null when nothing had to move.</returns>
    public (string Closed, string Place)? MoveEnginesIfShutOut(string shelter)
    {
        if (File.Exists(EnginesFile) || Directory.Exists(Path.Combine(Root, "postgres")) || Closed() is not { } closed)
        {
            return null;
        }

        var place = Path.Combine(shelter, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Root)))[..12]);
        EnginePlace.Passage(shelter);
        EnginePlace.Passage(place);
        File.WriteAllText(EnginesFile, place + "\n");
        return (closed, place);
    }

    public EnginePlace PlaceOf(string engine) => EnginePlace.Under(Root, engine) with { Data = Path.Combine(EnginesRoot, engine) };

    public string PidOf(string name) => Path.Combine(Pids, name);

    public string LogOf(string name) => Path.Combine(Logs, $"{name}.log");

    public string SettingsOf(string name) => Path.Combine(Root, "settings", $"{name}.json");

    /// <summary>The settings that the host wrote last: a difference from them in <see cref="SettingsOf"/> was made by an operator.</summary>
    public string WrittenSettingsOf(string name) => Path.Combine(Root, "state", "settings", $"{name}.json");

    /// <summary>An operator's own settings: of one process, of all instances of a service, or of <c>all</c>.</summary>
    public string OwnSettingsOf(string name) => Path.Combine(Root, "settings", "own", $"{name}.json");

    public string AnchorOf(string service) => Path.Combine(Root, "anchors", $"{service}.jsonl");

    /// <summary>A service's keys outside its database; mode 0700.</summary>
    public string SecretsOf(string service) => Directory.CreateDirectory(Path.Combine(Root, "secrets", service), Mine).FullName;

    /// <summary>
    /// The system user that a program of ours runs as; null runs it as the caller: the caller is not root, or a folder above is closed to others.
    /// </summary>
    public string? UserOf(string service) => HasServiceUsers ? $"grouptherapy-{service}" : null;

    /// <summary>True when each of our programs can run as a user of its own.</summary>
    public bool HasServiceUsers => SystemUser.CallerIsRoot && ShutOut is null;

    /// <summary>The folder that keeps our programs' users from the data or from the runtime; null when none does.</summary>
    public string? ShutOut => Closed() ?? ClosedAbove(DotnetPath.Value);

    private string? Closed() => ClosedAbove(Root);

    /// <summary>The outermost folder above <paramref name="path"/> that lets no other user pass; null when all do.</summary>
    public static string? ClosedAbove(string path)
    {
        string? closed = null;
        for (var folder = new DirectoryInfo(path).Parent; folder is not null; folder = folder.Parent)
        {
            closed = folder.UnixFileMode.HasFlag(UnixFileMode.OtherExecute) ? closed : folder.FullName;
        }

        return closed;
    }
}
