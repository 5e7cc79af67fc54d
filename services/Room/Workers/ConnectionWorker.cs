using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Room.Delivery;
using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GroupTherapy.Room.Workers;

/// <summary>Keeps this node true to the database whatever hints were lost: the connections that have to end, the ends of the streams it serves, rows without
/// a connection.</summary>
internal sealed class ConnectionWorker : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan HeadsEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan EmptyFor = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan EnterWithin = TimeSpan.FromSeconds(60);

    private readonly Db _db;
    private readonly NodeStore _store;
    private readonly LiveRooms _rooms;
    private readonly RedisLink _redis;
    private readonly RoomExecutor _executor;
    private readonly ILogger<ConnectionWorker> _log;
    private readonly SemaphoreSlim _asked = new(0, 1);
    private readonly Dictionary<string, long> _last = [];

    public ConnectionWorker(Db db, NodeStore store, LiveRooms rooms, RedisLink redis, RoomExecutor executor, ILogger<ConnectionWorker> log)
    {
        (_db, _store, _rooms, _redis, _executor, _log) = (db, store, rooms, redis, executor, log);
        rooms.CheckAsked += Ask;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await StepAsync("connections", TimeSpan.Zero, EndConnectionsAsync, stoppingToken);
            await StepAsync("stream ends", HeadsEvery, ReadHeadsAsync, stoppingToken);
            await StepAsync("sweep", SweepEvery, SweepAsync, stoppingToken);
            await _asked.WaitAsync(Every, stoppingToken);
        }
    }

    public override void Dispose()
    {
        // The semaphore is left to the collector: the loop may still wait for it.
        _rooms.CheckAsked -= Ask;
        base.Dispose();
    }

    private void Ask()
    {
        try
        {
            _asked.Release();
        }
        catch (Exception e) when (e is SemaphoreFullException or ObjectDisposedException)
        {
            // Asked already: one look sees everything committed so far.
        }
    }

    private async Task StepAsync(string what, TimeSpan every, Func<CancellationToken, Task> step, CancellationToken ct)
    {
        var now = TimeProvider.System.GetTimestamp();
        if (_last.TryGetValue(what, out var last) && TimeProvider.System.GetElapsedTime(last, now) < every)
        {
            return;
        }

        try
        {
            await step(ct);
            _last[what] = now;
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            _log.LogWarning("The node's {What} could not be looked at ({Kind})", what, e.GetType().Name);
        }
    }

    private async Task EndConnectionsAsync(CancellationToken ct)
    {
        await EndSignedOutAsync(ct);
        if (!_rooms.Connections.Any(c => c.Entry is not null))
        {
            return;
        }

        foreach (var (connectionId, reason) in await _store.ConnectionsToEndAsync(ct))
        {
            _rooms.Find(connectionId)?.End(reason);
        }
    }

    // A connection that has not entered is in no table, but a sign-out ends it all the same.
    private async Task EndSignedOutAsync(CancellationToken ct)
    {
        var waiting = _rooms.Connections.Where(c => c.Entry is null && !c.IsEnding).ToList();
        if (waiting.Count == 0)
        {
            return;
        }

        var revoked = await _store.RevokedAsync([.. waiting.Select(c => c.Caller.SignInId).Distinct()], ct);
        var now = _db.Clock.GetUtcNow();
        foreach (var connection in waiting.Where(c => revoked.Contains(c.Caller.SignInId) || c.Caller.SignInEndsAt <= now))
        {
            connection.End(EndReasons.SignedOut);
        }
    }

    private async Task ReadHeadsAsync(CancellationToken ct)
    {
        var rooms = _rooms.Rooms.Where(r => r.EmptySince is null).ToDictionary(r => r.SessionId);
        if (rooms.Count == 0)
        {
            return;
        }

        foreach (var head in await RoomLog.HeadsAsync(_db, [.. rooms.Keys], ct))
        {
            rooms[head.SessionId].Hint(head.Stream, head.LastSeq);
        }
    }

    private async Task SweepAsync(CancellationToken ct)
    {
        var now = _db.Clock.GetUtcNow();
        foreach (var room in _rooms.Rooms)
        {
            _rooms.Retire(room, now - EmptyFor);
        }

        foreach (var room in _rooms.Rooms)
        {
            _redis.Listen(room.SessionId);
        }

        foreach (var silent in _rooms.Connections.Where(c => c.Entry is null && c.OpenedAt < now - EnterWithin))
        {
            silent.Drop();
        }

        // Rows of this node without a connection: their end could not be written when it came. Connections without a row, or of an earlier term: this node
        // was thought dead.
        var term = _rooms.Lease.Term;
        var open = _rooms.Connections.Where(c => c is { Entry: not null }).ToDictionary(c => c.ConnectionId);
        var rows = await _store.OwnConnectionsAsync(ct);
        var lost = rows.Where(r => _rooms.Find(r.ConnectionId)?.Entry is null && r.EnteredAt < now - SweepEvery).GroupBy(r => r.SessionId);
        await Task.WhenAll(lost.Select(session => _executor.RunAsync(
            new ConnectionsLost(session.Key, [.. session.Select(r => r.ConnectionId)], AtOnce: false, null) { Term = term }, ct)));
        foreach (var row in rows.Where(r => open.TryGetValue(r.ConnectionId, out var c) && c.Entry?.Term == term))
        {
            open.Remove(row.ConnectionId);
        }

        foreach (var stranger in open.Values)
        {
            stranger.End(EndReasons.AnotherNode);
        }
    }
}
