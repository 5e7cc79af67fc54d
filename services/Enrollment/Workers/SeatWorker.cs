using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Work;

namespace GroupTherapy.Enrollment.Workers;

/// <summary>Scheduled work that is a command about seats. It runs in one executor with the requests of members, so both see the same state.</summary>
/// <param name="name">In whose name its acts are audited.</param>
internal abstract class SeatWorker(Db db, SeatExecutor seats, string name) : DueWorkHandler
{
    private readonly Caller _caller = Caller.System(name);

    public override int BatchSize => 32;

    public override async Task HandleAsync(IReadOnlyList<DueRow> rows, CancellationToken ct)
    {
        var groups = await GroupsAsync([.. rows.Select(row => Guid.Parse(row.Key))], ct);
        await Task.WhenAll(rows.Select(row => RunAsync(row, groups, ct)));
    }

    protected abstract SeatCommand CommandFor(Guid key);

    /// <summary>When the same row is due again by what is known now; null for done.</summary>
    protected virtual DateTimeOffset? Next(SeatOutcome outcome) => null;

    /// <summary>The group of each key; a key without one has nothing to do.</summary>
    protected virtual Task<Dictionary<Guid, Guid>> GroupsAsync(Guid[] keys, CancellationToken ct) => GroupStore.OfEnrollmentsAsync(db, keys, ct);

    private async Task RunAsync(DueRow row, Dictionary<Guid, Guid> groups, CancellationToken ct)
    {
        var key = Guid.Parse(row.Key);
        if (
            groups.TryGetValue(key, out var groupId)
            && await seats.RunAsync(new SeatRequest(_caller, groupId, CommandFor(key)), ct) is { Outcome: { } outcome }
            && Next(outcome) is { } next
        )
        {
            await ScheduledWork.MoveAsync(db, row, next, null, ct);
        }
    }
}
