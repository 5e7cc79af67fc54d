using GroupTherapy.Platform.Work;
using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Storage;

namespace GroupTherapy.Room.Workers;

/// <summary>Hands deadlines that have come to their rooms.</summary>
internal sealed class DeadlineHandler(RoomExecutor executor, NodeLease lease) : DueWorkHandler
{
    public override string Kind => DueKeys.Kind;

    public override int BatchSize => 100;

    // A room may be without a facilitator for 30 s at most, so another node takes over soon.
    public override TimeSpan ClaimFor => TimeSpan.FromSeconds(5);

    public override async Task HandleAsync(IReadOnlyList<DueRow> rows, CancellationToken ct)
    {
        var term = lease.Term;
        var answers = await Task.WhenAll(
            rows.Select(row =>
            {
                var (session, deadline, subject) = DueKeys.Parse(row.Key);
                return executor.RunAsync(new DeadlineReached(session, deadline, subject) { Term = term }, ct);
            })
        );
        if (answers.Any(a => a.Refusal is not null))
        {
            throw new InvalidOperationException("This node may not write now.");
        }
    }
}
