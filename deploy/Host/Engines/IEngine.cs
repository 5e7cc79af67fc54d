using GroupTherapy.Host.Processes;

namespace GroupTherapy.Host.Engines;

/// <summary>A third-party server that runs as one private process on loopback with its data in one folder.</summary>
public interface IEngine
{
    /// <summary>The name in status and logs, such as <c>postgres</c>.</summary>
    string Name { get; }

    /// <summary>The loopback port that clients use.</summary>
    int Port { get; }

    /// <summary>Signals that end it in order, each with the time it is given before the next.</summary>
    IReadOnlyList<(Signal Signal, TimeSpan Wait)> StopSteps { get; }

    /// <summary>Makes data folder and configuration (data that exists is kept) and says how to start it.</summary>
    Task<LaunchSpec> PrepareAsync(CancellationToken ct);

    /// <summary>Null when it serves clients; otherwise the fact that is still missing.</summary>
    Task<string?> NotReadyAsync(CancellationToken ct);
}

/// <summary>Where an engine keeps what it needs.</summary>
/// <param name="Data">A folder of its own; only the engine's user may read it.</param>
/// <param name="LogFile">Its standard output and error.</param>
/// <param name="PidFile">Its identity while it runs.</param>
public sealed record EnginePlace(string Data, string LogFile, string PidFile)
{
    /// <summary>The usual places of <paramref name="name"/> under one root folder, whose sub-folders are made here.</summary>
    public static EnginePlace Under(string root, string name)
    {
        const UnixFileMode mine = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Passage(root);
        Directory.CreateDirectory(Path.Combine(root, "logs"), mine);
        Directory.CreateDirectory(Path.Combine(root, "pids"), mine);
        return new EnginePlace(Path.Combine(root, name), Path.Combine(root, "logs", $"{name}.log"), Path.Combine(root, "pids", name));
    }

    /// <summary>Makes a folder that the engines' users can pass through and no other user can read (mode 0711), whatever the umask.</summary>
    public static string Passage(string folder)
    {
        Directory.CreateDirectory(folder);
        File.SetUnixFileMode(
            folder,
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute
        );
        return folder;
    }
}
