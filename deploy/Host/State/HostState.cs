using GroupTherapy.Host.Options;
using GroupTherapy.Host.Processes;

namespace GroupTherapy.Host.State;

/// <summary>How far a host has come.</summary>
public enum Phase
{
    Starting,
    Ready,
    Stopping,
    Stopped,
    Failed,
}

/// <summary>One process as last started, for people and scripts. The pid file, which the process writes itself, is the authority.</summary>
public sealed record StartedProcess(string Name, int Instance, string Kind, string Address, int Pid, long StartTicks);

/// <summary><c>host.json</c>: the host of this data folder, its options and its release.</summary>
public sealed record HostState
{
    public required ProcessRef Host { get; init; }
    public required Phase Phase { get; init; }
    public required RunOptions Options { get; init; }

    /// <summary>The folder of binaries the processes run from; null until they are built.</summary>
    public string? Release { get; init; }

    /// <summary>The folder of the built web client; empty for none, null until it is built.</summary>
    public string? Web { get; init; }

    /// <summary><see cref="Passwords.Digest"/> of those that everything runs with; null until it does.</summary>
    public string? PasswordsInUse { get; init; }

    public IReadOnlyList<StartedProcess> Processes { get; init; } = [];
}
