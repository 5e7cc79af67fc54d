using GroupTherapy.Platform.Data;

namespace GroupTherapy.Platform.Work;

/// <summary>A claimed row of scheduled work.</summary>
/// <param name="Attempts">This attempt included.</param>
/// <param name="Version">Changes whenever the work is scheduled anew.</param>
/// <param name="Data">The data given to <see cref="Data.UnitOfWork.Schedule"/>.</param>
public sealed record DueRow(string Kind, string Key, DateTimeOffset DueAt, int Attempts, long Version, string? Data);

/// <summary>
/// Handles one kind of scheduled work. It must be idempotent: a row may come twice. When it returns, the row is deleted, unless the work was scheduled anew
/// meanwhile.
/// When it throws, the row comes again later, with exponential delay; rows of a failed batch are retried one by one.
/// </summary>
public abstract class DueWorkHandler
{
    /// <summary>Stable: <c>thing.expire</c>.</summary>
    public abstract string Kind { get; }

    /// <summary>Rows handed over at once, at most.</summary>
    public virtual int BatchSize => 1;

    /// <summary>How long a claim lasts, and how long the handler may take; after that any process may take the row.</summary>
    public virtual TimeSpan ClaimFor => TimeSpan.FromSeconds(30);

    /// <summary>Set for work that repeats. Its one row has an empty key and exists from the first start on.</summary>
    public virtual TimeSpan? Every => null;

    public abstract Task HandleAsync(IReadOnlyList<DueRow> rows, CancellationToken ct);
}
