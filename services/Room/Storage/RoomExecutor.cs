using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using GroupTherapy.Room.Domain;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace GroupTherapy.Room.Storage;

/// <summary>What came of one command.</summary>
/// <param name="Failure">It could not be decided; nothing of it is saved.</param>
public sealed record RoomOutcome(object? Result, Refusal? Refusal, Exception? Failure);

/// <summary>
/// Runs all commands for any number of rooms with group commit: loads and locks the rooms in one round trip, decides each command in order on its room's state,
/// and saves everything in one more round trip that carries the COMMIT.
/// </summary>
public sealed class RoomExecutor : BatchExecutor<RoomCommand, RoomOutcome, Guid>
{
    // A room that another transaction holds holds up a batch no longer than this; then it is tried by itself.
    private const string BatchLockWait = "1s";
    private const string OwnLockWait = "10s";
    private const string LeaseOver = "GT001";
    private const string RoomChanged = "GT002";
    private readonly Db _db;
    private readonly RoomKeys _keys;
    private readonly RoomTimes _times;
    private readonly RoomLoader _loader;
    private readonly RoomSaver _saver;
    private readonly ICommitListener _listener;

    public RoomExecutor(Db db, RoomKeys keys, NodeLease lease, RoomTimes times, ICommitListener listener, ILogger<RoomExecutor> log)
        : base("rooms", maxBatch: 200, log)
    {
        (_db, _keys, _times, _listener) = (db, keys, times, listener);
        (_loader, _saver) = (new RoomLoader(keys, lease, times), new RoomSaver(lease));
    }

    /// <summary>Answers when what was accepted is durable.</summary>
    public async Task<Answer<TResult>> RunAsync<TResult>(RoomCommand<TResult> command, CancellationToken ct = default)
    {
        try
        {
            return AnswerOf<TResult>(await ExecuteAsync(command, ct));
        }
        catch (PostgresException e) when (e.SqlState is LeaseOver or RoomChanged)
        {
            return Refusal.TryAgain;
        }
    }

    /// <summary>Runs one command in a unit of work of the caller's, whose commit saves it.</summary>
    public async Task<Answer<TResult>> RunInAsync<TResult>(UnitOfWork work, RoomCommand<TResult> command) => AnswerOf<TResult>((await RunInAsync(work, [command], OwnLockWait)).Outcomes[0]);

    /// <summary>Runs commands of several rooms in a unit of work of the caller's.</summary>
    public async Task<IReadOnlyList<RoomOutcome>> RunInAsync(UnitOfWork work, IReadOnlyList<RoomCommand> commands) => (await RunInAsync(work, commands, OwnLockWait)).Outcomes;

    protected override Guid ResourceOf(RoomCommand request) => request.SessionId;

    protected override async Task<IReadOnlyList<RoomOutcome>> RunBatchAsync(IReadOnlyList<RoomCommand> requests, bool isIsolated, CancellationToken ct)
    {
        await using var work = await _db.BeginAsync(Caller.System("room"), ct);
        var (outcomes, saves) = await RunInAsync(work, requests, BatchLockWait);
        if (saves)
        {
            await work.CommitAsync(ct);
        }

        return outcomes;
    }

    private static Answer<TResult> AnswerOf<TResult>(RoomOutcome outcome) => outcome switch
    {
        { Failure: { } failure } => throw new InvalidOperationException("The command could not be decided.", failure),
        { Refusal: { } refusal } => refusal,
        _ => (TResult)outcome.Result!,
    };

    private async Task<(IReadOnlyList<RoomOutcome> Outcomes, bool Saves)> RunInAsync(UnitOfWork work, IReadOnlyList<RoomCommand> commands, string lockWait)
    {
        var loaded = await _loader.LoadAsync(work, LoadPlan.For(commands), lockWait);
        var rooms = new Dictionary<Guid, (RoomState? State, RoomChanges Changes)>();
        var outcomes = new RoomOutcome[commands.Count];
        for (var n = 0; n < commands.Count; n++)
        {
            var command = commands[n];
            var (state, changes) = rooms.TryGetValue(command.SessionId, out var known) ? known : (loaded.Rooms.GetValueOrDefault(command.SessionId), new RoomChanges());
            try
            {
                var decision = state is null ? DecideUnknown(command, loaded.LeaseTerm, work.Now) : RoomDecider.Decide(state, command, work.Now);
                outcomes[n] = new RoomOutcome(decision.Result, decision.Refusal, null);
                changes.Add(decision.Changes);
                rooms[command.SessionId] = (decision.State, changes);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                outcomes[n] = new RoomOutcome(null, null, e);
            }
        }

        List<RoomSave> saves = [.. rooms.Where(r => !r.Value.Changes.IsEmpty || r.Value.Changes.ChecksConnections).Select(r => new RoomSave(r.Key, r.Value.State, r.Value.Changes))];
        if (saves.Count > 0)
        {
            var commits = _saver.Save(work, saves, commands.Any(c => c.Term is not null) ? loaded.LeaseTerm : null);
            work.AfterCommit(() =>
            {
                _listener.Committed(commits);
                return Task.CompletedTask;
            });
        }

        return (outcomes, saves.Count > 0);
    }

    // A session that is not known yet: its plan makes it, and permits may come before it.
    private Decision DecideUnknown(RoomCommand command, long? leaseTerm, DateTimeOffset now)
    {
        switch (command)
        {
            case ApplyPlan planned:
                return RoomDecider.DecideNew(_times, _keys.Unwrap(planned.SessionId, planned.NewKey)!, planned, now);
            case ApplyPermit { Permit: var permit }:
                var changes = new RoomChanges();
                changes.Permits.Add(permit);
                return new Decision(null!, changes, NoResult.Value, null);
            default:
                return RoomDecider.DecideUnknown(command, leaseTerm);
        }
    }
}
