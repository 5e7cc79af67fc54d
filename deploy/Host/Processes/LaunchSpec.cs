using System.Security.Cryptography;
using System.Text;

namespace GroupTherapy.Host.Processes;

/// <summary>Everything that decides how a process runs. No secret may stand here: arguments and environment are visible to others.</summary>
public sealed record LaunchSpec
{
    public required string Program { get; init; }
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Added to the caller's environment; an empty value removes the variable.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Start from an empty environment instead of the caller's.</summary>
    public bool CleanEnvironment { get; init; }

    public string WorkingFolder { get; init; } = "/";

    /// <summary>The system user to run as when the caller is root; null runs as the caller.</summary>
    public string? User { get; init; }

    /// <summary>It and its children can never gain rights: no set-user-id program, no capability (<see cref="BindsLowPort"/> aside).</summary>
    public bool Confined { get; init; }

    /// <summary>It listens below port 1024, which otherwise only root may.</summary>
    public bool BindsLowPort { get; init; }

    /// <summary>Standard output and error are appended here.</summary>
    public required string LogFile { get; init; }

    /// <summary>
    /// The process writes <c>pid ticks boot stamp</c> here itself before it becomes the program, so that no crash of the starter can lose it.
    /// </summary>
    public required string PidFile { get; init; }

    /// <summary>Other input that decides how it runs, such as the content of its settings file. Part of <see cref="Stamp"/>, and never printed.</summary>
    public string Depends { get; init; } = "";

    /// <summary>A short digest of all of the above: a running process with another stamp was started differently.</summary>
    public string Stamp
    {
        get
        {
            var environment = Environment.OrderBy(e => e.Key, StringComparer.Ordinal).Select(e => $"{e.Key}={e.Value}");
            var text = string.Join('\n', [Program, .. Arguments, .. environment, WorkingFolder, User ?? "", $"{Confined} {BindsLowPort}", Depends]);
            return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];
        }
    }
}
