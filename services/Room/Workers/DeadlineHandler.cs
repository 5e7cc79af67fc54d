using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Storage;

namespace GroupTherapy.Room.Workers;

/// <summary>Hands a deadline that has come to its room. One handler for each kind of deadline.</summary>
internal sealed class DeadlineHandler(string deadline, RoomExecutor executor, NodeLease lease) : DueWorkHandler
{
    public override string Kind => DueKinds.Of(deadline);

    public override int BatchSize => 100;

    // A room may be without a facilitator for 30 s at most, so another node takes over soon.
    public override TimeSpan ClaimFor => TimeSpan.FromSeconds(5);

    public override async Task HandleAsync(IReadOnlyList<DueRow> rows, CancellationToken ct)
    {
        var term = lease.Term;
        var answers = await Task.WhenAll(rows.Select(row =>
        {
            var (session, subject) = DueKinds.Parse(row.Key);
            return executor.RunAsync(new DeadlineReached(session, deadline, subject) { Term = term }, ct);
        }));
        if (answers.Any(a => a.Refusal is not null))
        {
            throw new InvalidOperationException("This node may not write now.");
        }
    }
}
