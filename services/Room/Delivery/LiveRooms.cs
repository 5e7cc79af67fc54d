using System.Collections.Concurrent;
using System.Collections.Immutable;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Storage;
using Microsoft.Extensions.Logging;

namespace GroupTherapy.Room.Delivery;

/// <summary>This node's rooms and connections. Announces committed positions to the other nodes; a lost announcement is harmless, because each node reads
/// the log.</summary>
public sealed class LiveRooms : ICommitListener
{
    private readonly ConcurrentDictionary<Guid, LiveRoom> _rooms = new();
    private readonly ConcurrentDictionary<string, RoomConnection> _connections = new();
    private readonly ConcurrentDictionary<Guid, ImmutableList<RoomConnection>> _byAccount = new();
    private readonly Db _db;
    private readonly RedisLink _redis;
    private readonly ILogger<LiveRooms> _log;

    public LiveRooms(Db db, RoomKeys keys, RedisLink redis, NodeLease lease, ILogger<LiveRooms> log)
    {
        (_db, Keys, _redis, Lease, _log) = (db, keys, redis, lease, log);
        redis.Heard += Hint;
        redis.CheckHeard += CheckHere;
    }

    /// <summary>This process, from start to end.</summary>
    public Guid NodeId => Lease.NodeId;

    public NodeLease Lease { get; }

    public RoomKeys Keys { get; }

    /// <summary>Set when this node is going down: it takes no connection any more.</summary>
    public bool IsDraining { get; set; }

    /// <summary>Every open connection, entered or not.</summary>
    public IEnumerable<RoomConnection> Connections => _connections.Values;

    /// <summary>Asks this node's reconciler to look now.</summary>
    internal event Action? CheckAsked;

    /// <summary>A commit of this process changed what a participant of this room may send or receive.</summary>
    internal event Action<Guid>? MediaAsked;

    public RoomConnection? Find(string connectionId) => _connections.GetValueOrDefault(connectionId);

    /// <returns>Every connection that this one's account has here by now.</returns>
    internal IReadOnlyList<RoomConnection> Opened(RoomConnection connection)
    {
        RoomMetrics.Connections.Add(_connections.TryAdd(connection.ConnectionId, connection) ? 1 : 0);
        return _byAccount.AddOrUpdate(connection.Caller.AccountId, static (_, opened) => [opened], static (_, known, opened) => known.Add(opened), connection);
    }

    internal void Closed(RoomConnection connection)
    {
        if (_connections.TryRemove(connection.ConnectionId, out _))
        {
            RoomMetrics.Connections.Add(-1);
            var left = _byAccount.AddOrUpdate(connection.Caller.AccountId, static (_, _) => [], static (_, known, closed) => known.Remove(closed), connection);
            if (left.IsEmpty)
            {
                _byAccount.TryRemove(new KeyValuePair<Guid, ImmutableList<RoomConnection>>(connection.Caller.AccountId, left));
            }
        }
    }

    internal IReadOnlyCollection<LiveRoom> Rooms => [.. _rooms.Values];

    internal LiveRoom? Room(Guid session) => _rooms.GetValueOrDefault(session);

    /// <summary>
    /// The room as this node serves it from now on. Asked for before an entry's transaction begins, so that nothing committed after that transaction's view
    /// is missed.
    /// </summary>
    internal async Task<LiveRoom?> OpenAsync(Guid session, CancellationToken ct)
    {
        if (_rooms.TryGetValue(session, out var known))
        {
            return known;
        }

        var (isKnown, wrapped) = await RoomLog.KeyAsync(_db, session, ct);
        if (!isKnown)
        {
            return null;
        }

        // Heard from now on, then read up to here: the other way round something could fall between.
        _redis.Listen(session);
        var heads = await RoomLog.HeadsAsync(_db, [session], ct);
        var opened = new LiveRoom(session, Keys.Unwrap(session, wrapped), heads, _db, _log);
        var room = _rooms.GetOrAdd(session, opened);
        RoomMetrics.Rooms.Add(ReferenceEquals(room, opened) ? 1 : 0);
        room.EmptyFrom(_db.Clock.GetUtcNow());
        return room;
    }

    internal void Retire(LiveRoom room, DateTimeOffset emptyBefore)
    {
        if (room.Retire(emptyBefore) && _rooms.TryRemove(new KeyValuePair<Guid, LiveRoom>(room.SessionId, room)))
        {
            RoomMetrics.Rooms.Add(-1);
            _redis.StopListening(room.SessionId);
        }
    }

    /// <summary>Tells local connections what was committed, and the other nodes how far the streams reach now.</summary>
    public void Committed(IReadOnlyList<RoomCommit> rooms)
    {
        foreach (var commit in rooms.Where(c => c.Events.Count > 0))
        {
            Room(commit.SessionId)?.Offer(commit.Events);
            _redis.Publish(commit.SessionId, [.. commit.Events.GroupBy(e => e.Stream).Select(s => new StreamPosition(s.Key, s.Max(e => e.Seq)))]);
        }

        foreach (var commit in rooms.Where(c => c.ChecksMedia))
        {
            MediaAsked?.Invoke(commit.SessionId);
        }

        if (rooms.Any(c => c.ChecksConnections))
        {
            CheckEverywhere();
        }
    }

    /// <summary>Every node looks at once which connections must go.</summary>
    public void CheckEverywhere()
    {
        CheckHere();
        _redis.PublishCheck();
    }

    private void Hint(Guid session, IReadOnlyList<StreamPosition> positions)
    {
        if (Room(session) is { } room)
        {
            foreach (var position in positions)
            {
                room.Hint(position.Stream, position.Seq);
            }
        }
    }

    internal void CheckHere() => CheckAsked?.Invoke();
}
