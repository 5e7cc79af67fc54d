using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Web;
using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Storage;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging;

namespace GroupTherapy.Room.Delivery;

/// <summary>A stream that a connection has fallen behind of: read it from the log after <paramref name="After"/>.</summary>
internal sealed record Behind(string Stream, long After);

/// <summary>The next frame for a connection.</summary>
internal readonly record struct Next(SerializedHubMessage? Frame, Behind? Behind);

/// <summary>
/// A room as this node serves it: one serialised pump moves every stream forward strictly in order, whatever hints come in whatever order, and fills every gap
/// from PostgreSQL. The receivers of an event follow from the log itself, so they are the same on every node.
/// </summary>
internal sealed partial class LiveRoom(Guid sessionId, SessionKey? key, IReadOnlyList<StreamHead> heads, Db db, ILogger log)
{
    private const int ReadAtOnce = 500;
    private const int MostPending = 1000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, StreamTail> _tails = heads.ToDictionary(
        h => h.Stream,
        h => new StreamTail(h.Stream, h.LastSeq),
        StringComparer.Ordinal
    );
    private readonly HashSet<RoomConnection> _connections = [];
    private readonly Dictionary<Guid, AdmissionEvent> _admissions = [];
    private readonly Dictionary<Guid, long> _removed = [];
    private readonly Dictionary<Guid, (long Seq, bool IsStaff)> _roles = [];
    private readonly List<WireEvent> _next = [];
    private WireEvent[] _lastFramed = [];
    private SerializedHubMessage? _lastFrame;
    private readonly HashSet<(string Stream, long Seq)> _unreadable = [];
    private bool _ended;
    private bool _retired;
    private int _pumping;

    public Guid SessionId => sessionId;

    /// <summary>When the last connection went; null while there are any.</summary>
    public DateTimeOffset? EmptySince { get; private set; }

    public RoomConnection[] Connections()
    {
        lock (_gate)
        {
            return [.. _connections];
        }
    }

    /// <summary>Adds a connection that was sent everything up to <paramref name="sent"/>. Events since then about its participant are made up
    /// for.</summary>
    /// <returns>False when this room was given up meanwhile; ask for it anew.</returns>
    public bool Attach(RoomConnection connection, Entry entry, IReadOnlyDictionary<string, long> sent, bool isIn, long privateHead, long roomHead)
    {
        lock (_gate)
        {
            if (_retired)
            {
                return false;
            }

            EmptySince = null;
            foreach (var (stream, seq) in sent)
            {
                connection.Sent[stream] = seq;
            }

            (connection.IsIn, connection.AfterPrivate, connection.EnteredAfter) = (isIn, 0, privateHead);
            (connection.IsStaff, connection.EnteredRoomAfter) = (entry.IsStaff, roomHead);
            _connections.Add(connection);
            connection.Start(this, entry);
            if (_admissions.TryGetValue(entry.ParticipantId, out var latest) && latest.PrivateSeq > privateHead)
            {
                latest.Apply(connection);
            }

            if (_roles.TryGetValue(entry.ParticipantId, out var role) && role.Seq > roomHead)
            {
                connection.IsStaff = role.IsStaff;
            }

            if (_removed.TryGetValue(entry.ParticipantId, out var removal) && removal > roomHead)
            {
                connection.End(EndReasons.Removed);
            }
            else if (_ended)
            {
                connection.End(EndReasons.SessionEnded);
            }

            return true;
        }
    }

    public void Detach(RoomConnection connection, DateTimeOffset now)
    {
        lock (_gate)
        {
            connection.Stop();
            if (_connections.Remove(connection) && _connections.Count == 0)
            {
                EmptySince = now;
            }
        }
    }

    /// <summary>Gives the room up when no connection has been in it since <paramref name="before"/>.</summary>
    public bool Retire(DateTimeOffset before)
    {
        lock (_gate)
        {
            return _retired = _connections.Count == 0 && EmptySince is { } since && since < before;
        }
    }

    public void EmptyFrom(DateTimeOffset now)
    {
        lock (_gate)
        {
            EmptySince ??= _connections.Count == 0 ? now : null;
        }
    }

    /// <summary>Events that this process committed. Other nodes get positions only and read the log, so that nothing else can say who is
    /// admitted.</summary>
    public void Offer(IReadOnlyList<StoredEvent> events)
    {
        lock (_gate)
        {
            foreach (var e in events)
            {
                Tail(e.Stream).Offer(e, MostPending);
                if (e.Kind == Kinds.Removed && e.Data is not null)
                {
                    // Removal counts as soon as it is heard of, not when its turn comes.
                    End(SubjectOf(e.Data), EndReasons.Removed, e.Seq);
                }
            }
        }

        Pump();
    }

    /// <summary>The log is known to reach at least this far.</summary>
    public void Hint(string stream, long lastSeq)
    {
        lock (_gate)
        {
            if (!Tail(stream).NoteEnd(lastSeq))
            {
                return;
            }
        }

        Pump();
    }

    public void Report(Exception e) => log.LogWarning("Room {Session}: delivery waits ({Kind})", sessionId, e.GetType().Name);

    /// <summary>The events that a connection has not been sent yet, as one frame that all connections at the same position share.</summary>
    public Next NextFor(RoomConnection connection, int most, int fullAt)
    {
        lock (_gate)
        {
            if (connection.Entry is not { } entry)
            {
                return default;
            }

            _next.Clear();
            var bytes = 0;
            foreach (var tail in StreamsOf(connection, entry))
            {
                var sent = connection.Sent.GetValueOrDefault(tail.Stream);
                while (sent < tail.Delivered && _next.Count < most && bytes < fullAt)
                {
                    if (tail.Find(sent + 1) is not { } e)
                    {
                        return _next.Count > 0 ? new Next(FrameOfNext(), null) : new Next(null, new Behind(tail.Stream, sent));
                    }

                    _next.Add(e.For(connection.IsStaff));
                    bytes += e.Json.Length;
                    connection.Sent[tail.Stream] = ++sent;
                }
            }

            return _next.Count > 0 ? new Next(FrameOfNext(), null) : default;
        }
    }

    private SerializedHubMessage FrameOfNext()
    {
        if (_next.Count == 1)
        {
            return _next[0].Frame ??= Frames.Events(_next);
        }

        if (!_next.SequenceEqual(_lastFramed))
        {
            (_lastFramed, _lastFrame) = ([.. _next], Frames.Events(_next));
        }

        return _lastFrame!;
    }

    /// <summary>Sends a part of the log that this node no longer caches.</summary>
    public async Task CatchUpAsync(RoomConnection connection, Behind behind, int most, Func<SerializedHubMessage, ValueTask> send, CancellationToken ct)
    {
        var stored = await RoomLog.ReadAsync(db, sessionId, behind.Stream, behind.After, most, ct);
        if (stored.Count == 0)
        {
            throw new InvalidOperationException("The log is shorter than what was delivered from it.");
        }

        List<WireEvent> events = [.. stored.Select(e => Render(e).For(connection.IsStaff))];
        lock (_gate)
        {
            // While the log was read, this person may have been sent out of the room.
            if (
                connection.IsEnding
                || connection.Entry is not { } entry
                || !StreamsOf(connection, entry).Any(t => t.Stream == behind.Stream)
                || connection.Sent.GetValueOrDefault(behind.Stream) != behind.After
            )
            {
                return;
            }

            connection.Sent[behind.Stream] = stored[^1].Seq;
        }

        await send(Frames.Events(events));
    }

    private IEnumerable<StreamTail> StreamsOf(RoomConnection connection, Entry entry)
    {
        var own = entry.Own;
        if (_tails.TryGetValue(own, out var mine))
        {
            yield return mine;
        }

        if (connection.IsStaff)
        {
            foreach (var tail in _tails.Values)
            {
                if (tail.Stream != own)
                {
                    yield return tail;
                }
            }
        }
        else if (connection.IsIn && connection.Sent.GetValueOrDefault(own) >= connection.AfterPrivate && _tails.TryGetValue(Streams.Room, out var room))
        {
            yield return room;
        }
    }

    private StreamTail Tail(string stream) => _tails.TryGetValue(stream, out var tail) ? tail : _tails[stream] = new StreamTail(stream, 0);
}
