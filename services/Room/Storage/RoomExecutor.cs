using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using GroupTherapy.Room.Domain;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace GroupTherapy.Room.Storage;

/// <summary>The outcome of one command.</summary>
/// <param name="Failure">It could not be decided; nothing of it is saved.</param>
public sealed record RoomOutcome(object? Result, Refusal? Refusal, Exception? Failure);

/// <summary>
/// Runs all commands for any number of rooms with group commit: loads and locks the rooms in one round trip, decides each command in order on its room's state,
/// and saves everything in one more round trip that carries the COMMIT.
/// </summary>
public class RoomExecutor : BatchExecutor<RoomCommand, RoomOutcome, Guid>
{
    // A room that another transaction holds holds up a batch no longer than this; then it is tried by itself.
    private const string BatchLockWait = "1s";
    private const string OwnLockWait = "10s";
    private const string LeaseOver = "GT001";
    private const string RoomChanged = "GT002";
    private readonly Db _db;
    private readonly RoomKeys _keys;
    private readonly RoomTimes _times;
    private readonly NodeLease _lease;
    private readonly RoomCache _memory;
    private readonly RoomLoader _loader;
    private readonly RoomSaver _saver;
    private readonly ICommitListener _listener;
    private long _loads;

    public RoomExecutor(Db db, RoomKeys keys, NodeLease lease, RoomTimes times, ICommitListener listener, ILogger<RoomExecutor> log)
        : base("rooms", maxBatch: 200, log)
    {
        (_db, _keys, _lease, _times, _listener) = (db, keys, lease, times, listener);
        _memory = new RoomCache(TimeProvider.System);
        (_loader, _saver) = (new RoomLoader(keys, lease, times), new RoomSaver(lease));
    }

    /// <summary>Batches whose rooms were loaded; the others were decided on the cached state.</summary>
    internal long Loads => Interlocked.Read(ref _loads);

    /// <summary>Answers when the accepted changes are durable.</summary>
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
    public async Task<Answer<TResult>> RunInAsync<TResult>(UnitOfWork work, RoomCommand<TResult> command) =>
        AnswerOf<TResult>((await LoadAndRunAsync(work, [command]))[0]);

    /// <summary>Runs commands of several rooms in a unit of work of the caller's.</summary>
    public Task<IReadOnlyList<RoomOutcome>> RunInAsync(UnitOfWork work, IReadOnlyList<RoomCommand> commands) => LoadAndRunAsync(work, commands);

    protected override Guid ResourceOf(RoomCommand request) => request.SessionId;

    protected override async Task<IReadOnlyList<RoomOutcome>> RunBatchAsync(IReadOnlyList<RoomCommand> requests, bool isIsolated)
    {
        if (!isIsolated && await FromMemoryAsync(requests) is { } decided)
        {
            return decided;
        }

        RoomMetrics.Loads.Add(1);
        Interlocked.Increment(ref _loads);
        await using var work = await _db.BeginAsync(Caller.System("room"));
        var loaded = await _loader.LoadAsync(work, LoadPlan.For(requests), BatchLockWait);
        var batch = Decide(work, requests, loaded);
        if (batch.TrySave(_saver, work, _listener))
        {
            await work.CommitAsync();
        }

        Remember(batch, requests, loaded, isLoaded: true);
        return batch.Outcomes;
    }

    /// <returns>Null when a room has to be loaded, or has changed since this process saved it; nothing is saved then.</returns>
    private async Task<IReadOnlyList<RoomOutcome>?> FromMemoryAsync(IReadOnlyList<RoomCommand> requests)
    {
        var term = _lease.Term;
        if (_lease.IsOver || _memory.For(requests, term) is not { } rooms)
        {
            return null;
        }

        var known = new LoadedRooms(rooms, term);
        await using var work = await _db.BeginAsync(Caller.System("room"));
        var batch = Decide(work, requests, known);
        // A refusal by the cached state may be out of date: it is decided again on the stored state.
        if (batch.Outcomes.Any(o => o.Result is null) || !batch.TrySave(_saver, work, _listener))
        {
            return null;
        }

        try
        {
            await work.CommitAsync();
        }
        catch (PostgresException e) when (e.SqlState is LeaseOver or RoomChanged or PostgresErrorCodes.UniqueViolation)
        {
            // The fence names the rooms that changed.
            _memory.Contended(e.SqlState == RoomChanged ? e.MessageText.Split(' ').Select(Guid.Parse) : []);
            return null;
        }
        catch
        {
            foreach (var session in rooms.Keys)
            {
                _memory.Forget(session);
            }

            throw;
        }

        Remember(batch, requests, known, isLoaded: false);
        return batch.Outcomes;
    }

    private void Remember(Batch batch, IReadOnlyList<RoomCommand> requests, LoadedRooms loaded, bool isLoaded)
    {
        foreach (var (session, (state, changes)) in batch.Rooms)
        {
            if (state is null || state.Session.Phase == Phases.Ended)
            {
                _memory.Forget(session);
                continue;
            }

            var signIns = requests
                .Where(r => r.SessionId == session)
                .OfType<ISentCommand>()
                .Select(c => c.Sender.SignInId)
                .Where(s => !state.Facts.RevokedSignIns.Contains(s));
            _memory.Keep(changes.ChangesRows ? state with { Session = state.Session with { Version = state.Session.Version + 1 } } : state, signIns, isLoaded);
        }
    }

    private static Answer<TResult> AnswerOf<TResult>(RoomOutcome outcome) =>
        outcome switch
        {
            { Failure: { } failure } => throw new InvalidOperationException("The command could not be decided.", failure),
            { Refusal: { } refusal } => refusal,
            _ => (TResult)outcome.Result!,
        };

    private async Task<IReadOnlyList<RoomOutcome>> LoadAndRunAsync(UnitOfWork work, IReadOnlyList<RoomCommand> commands)
    {
        var batch = Decide(work, commands, await _loader.LoadAsync(work, LoadPlan.For(commands), OwnLockWait));
        batch.TrySave(_saver, work, _listener);
        foreach (var session in batch.Rooms.Keys)
        {
            _memory.Forget(session);
        }

        return batch.Outcomes;
    }

    private Batch Decide(UnitOfWork work, IReadOnlyList<RoomCommand> commands, LoadedRooms loaded)
    {
        var batch = new Batch(commands, loaded.LeaseTerm);
        for (var n = 0; n < commands.Count; n++)
        {
            var command = commands[n];
            var (state, changes) = batch.Rooms.TryGetValue(command.SessionId, out var known)
                ? known
                : (loaded.Rooms.GetValueOrDefault(command.SessionId), new RoomChanges());
            try
            {
                var decision = state is null ? DecideUnknown(command, loaded.LeaseTerm, work.Now) : RoomDecider.Decide(state, command, work.Now);
                batch.Outcomes[n] = new RoomOutcome(decision.Result, decision.Refusal, null);
                changes.Add(decision.Changes);
                batch.Rooms[command.SessionId] = (decision.State, changes);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                batch.Outcomes[n] = new RoomOutcome(null, null, e);
            }
        }

        return batch;
    }

    // A session that is not known yet: its plan makes it, and permits may come before it.
    private RoomDecision DecideUnknown(RoomCommand command, long? leaseTerm, DateTimeOffset now)
    {
        switch (command)
        {
            case ApplyPlan planned:
                return RoomDecider.DecideNew(_times, _keys.Unwrap(planned.SessionId, planned.NewKey)!, planned, now);
            case ApplyPermit { Permit: var permit }:
                var changes = new RoomChanges();
                changes.Permits.Add(permit);
                return new RoomDecision(null, changes, NoResult.Value, null);
            default:
                return RoomDecider.DecideUnknown(command, leaseTerm);
        }
    }

    /// <summary>The commands of one transaction, and their outcomes.</summary>
    private sealed class Batch(IReadOnlyList<RoomCommand> commands, long? leaseTerm)
    {
        public RoomOutcome[] Outcomes { get; } = new RoomOutcome[commands.Count];

        public Dictionary<Guid, (RoomState? State, RoomChanges Changes)> Rooms { get; } = [];

        /// <summary>Adds the changes to the unit of work.</summary>
        /// <returns>False when there are none.</returns>
        public bool TrySave(RoomSaver saver, UnitOfWork work, ICommitListener listener)
        {
            List<RoomSave> saves =
            [
                .. Rooms
                    .Where(r => !r.Value.Changes.IsEmpty || r.Value.Changes.ChecksConnections)
                    .Select(r => new RoomSave(r.Key, r.Value.State, r.Value.Changes)),
            ];
            if (saves.Count == 0)
            {
                return false;
            }

            var commits = saver.Save(work, saves, commands.Any(c => c.Term is not null) ? leaseTerm : null);
            work.AfterCommit(() =>
            {
                listener.Committed(commits);
                return Task.CompletedTask;
            });
            return true;
        }
    }
}
