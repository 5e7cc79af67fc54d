namespace GroupTherapy.Host.Processes;

/// <summary>The kind of a process, as <c>deploy/status</c> prints it.</summary>
public enum ProcessKind
{
    Engine,
    Service,
    Gateway,
}

/// <summary>One process of a deployment as data: how to prepare, start, probe and stop it. The supervisor knows nothing else.</summary>
public sealed record ProcessPlan
{
    public required string Name { get; init; }
    public int Instance { get; init; } = 1;
    public required ProcessKind Kind { get; init; }

    /// <summary>Host and port, or URL, as status shows it.</summary>
    public required string Address { get; init; }

    /// <summary>Processes start stage by stage, lowest first, and stop in the opposite order.</summary>
    public required int Stage { get; init; }

    /// <summary>Belongs to another process and is not shown by status.</summary>
    public bool Hidden { get; init; }

    public required string PidFile { get; init; }
    public required string LogFile { get; init; }

    /// <summary>Writes what the process reads and says how to start it.</summary>
    public required Func<CancellationToken, Task<LaunchSpec>> PrepareAsync { get; init; }

    /// <summary>Null when it is healthy; otherwise the missing fact.</summary>
    public required Func<CancellationToken, Task<string?>> NotReadyAsync { get; init; }

    /// <summary>The fault that the process reports and only a restart can mend; null for none.</summary>
    public Func<CancellationToken, Task<string?>> UnhealthyAsync { get; init; } = _ => Task.FromResult<string?>(null);

    public IReadOnlyList<(Signal Signal, TimeSpan Wait)> StopSteps { get; init; } = [(Signal.Terminate, TimeSpan.FromSeconds(15))];

    /// <summary>How long a start may take before it counts as failed.</summary>
    public TimeSpan ReadyLimit { get; init; } = TimeSpan.FromSeconds(180);

    /// <summary>Unique within a deployment: <c>room-2</c>; the first instance of an engine and the gateway go by their name alone.</summary>
    public string Id => IdOf(Name, Instance, Kind);

    public static string IdOf(string name, int instance, ProcessKind kind) => kind == ProcessKind.Service || instance > 1 ? $"{name}-{instance}" : name;
}
