using GroupTherapy.Platform.Security;
using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Storage;
using Microsoft.AspNetCore.SignalR;

namespace GroupTherapy.Room.Delivery;

/// <summary>The state of a connection after <c>Enter</c>.</summary>
/// <param name="IsStaff">Read every stream of the room when they entered.</param>
/// <param name="Term">This node's term (<see cref="NodeLease.Term"/>) in which they asked to enter; their later requests count only while it lasts.</param>
public sealed record Entry(Guid SessionId, Guid ParticipantId, bool IsStaff, long Term)
{
    /// <summary>The person's private stream.</summary>
    public string Own { get; } = Streams.Private(ParticipantId);
}

/// <summary>The facts of the handshake: the caller that the gateway vouches for, and the session in the address, which proves nothing.</summary>
internal sealed record Handshake(Caller Caller, Guid? Session);

/// <summary>
/// One connection and its own writer. The writer takes from the room what this connection has not been sent yet, at the pace of this client:
/// a slow one delays no other and holds no queue, since what it has not taken stays in the log.
/// </summary>
public sealed class RoomConnection
{
    private const int EventsPerFrame = 100;
    private const int FewUnsent = 4;
    private const int MostUnsent = 64;
    private static readonly TimeSpan ToldWithin = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan DrainedWithin = TimeSpan.FromSeconds(3);

    private readonly HubConnectionContext _hub;
    private readonly SocketActivity? _signs;
    private readonly TimeProvider _clock;
    private volatile TaskCompletionSource? _call;
    private volatile Serving? _serving;
    private readonly Lock _telling = new();
    private Task _told = Task.CompletedTask;
    private int _unsent;
    private int _asked;
    private Ending? _ending;

    internal RoomConnection(HubConnectionContext hub, TimeProvider clock)
    {
        (_hub, _clock) = (hub, clock);
        _signs = hub.GetHttpContext()?.Features.Get<SocketActivity>();
        (Caller, Named) = hub.GetHttpContext()?.Features.Get<Handshake>() is { } handshake ? (handshake.Caller, handshake.Session) : (Caller.Anonymous, null);
        OpenedAt = clock.GetUtcNow();
    }

    public string ConnectionId => _hub.ConnectionId;

    /// <summary>The caller who opened it, as the gateway vouched at the handshake. The room decides what they may do now.</summary>
    public Caller Caller { get; }

    /// <summary>The session that the hub's address named. A hint: it is the ticket that says which room it opens.</summary>
    internal Guid? Named { get; }

    public DateTimeOffset OpenedAt { get; }

    /// <summary>Null until <c>Enter</c>, and after <c>Leave</c>.</summary>
    public Entry? Entry { get; private set; }

    /// <summary>How many of its refusals were audited.</summary>
    public int AuditedRefusals { get; set; }

    public DateTimeOffset LastSeen => _signs?.LastSeen ?? _clock.GetUtcNow();

    public bool IsEnding => Volatile.Read(ref _ending) is not null;

    /// <summary>It ends, and its person is to go on at another node.</summary>
    public bool IsMoving => Volatile.Read(ref _ending)?.Reason == EndReasons.AnotherNode;

    /// <summary>It ends, and its person is not to come back by themselves.</summary>
    public bool EndedForGood => Volatile.Read(ref _ending) is { } ending && ending.Reason != EndReasons.Replaced && EndReasons.IsTerminal(ending.Reason);

    // What the room keeps about this connection; read and written under the room's lock.
    internal Dictionary<string, long> Sent { get; } = new(StringComparer.Ordinal);

    internal bool IsIn { get; set; }

    /// <summary>May lead the room: as at the entry, and then as the log tells.</summary>
    internal bool IsStaff { get; set; }

    /// <summary>The end of the room's stream when they entered.</summary>
    internal long EnteredRoomAfter { get; set; }

    /// <summary>The end of the person's private stream when they entered.</summary>
    internal long EnteredAfter { get; set; }

    /// <summary>Events of the room wait until the private stream has been sent up to here: the admission arrives before what follows from it.</summary>
    internal long AfterPrivate { get; set; }

    /// <summary>Receives the room's stream.</summary>
    internal bool HearsRoom => Entry is not null && !IsEnding && (IsIn || IsStaff);

    /// <summary>The latest list of senders it was sent; null for none.</summary>
    internal object? MediaTold { get; set; }

    /// <summary>
    /// There may be new events. The first caller writes them, as far as the client takes them; a caller that finds a write in progress leaves them to it.
    /// Not to be called under the room's lock.
    /// </summary>
    internal void Wake()
    {
        if (Interlocked.Increment(ref _asked) == 1)
        {
            _ = WriteAsync();
        }
    }

    /// <summary>The answer of <c>Enter</c> is on the wire.</summary>
    internal void EventsMayFollow()
    {
        if (_serving is { } serving)
        {
            serving.MayWrite = true;
            // This is said under the connection's write lock, which the events need too.
            WakeSoon();
        }
    }

    /// <summary>A call is carried out. There is one at a time.</summary>
    internal void CallBegan() => _call = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Its answer is on the wire, or it has none.</summary>
    internal void CallAnswered() => _call?.TrySetResult();

    internal void Start(LiveRoom room, Entry entry)
    {
        Entry = entry;
        _serving = new Serving(room, entry);
    }

    internal void Stop()
    {
        Entry = null;
        Sent.Clear();
        _serving?.Told.TrySetResult();
    }

    /// <summary>
    /// Tells the client why and closes. Whatever it has not been sent yet is not sent any more, except before <c>session-ended</c>, where the log's end is
    /// drained first.
    /// </summary>
    public void End(string reason)
    {
        if (Interlocked.CompareExchange(ref _ending, new Ending(reason), null) is null)
        {
            WakeSoon();
            _ = CloseAsync(reason);
        }
    }

    /// <summary>Sends a frame that is not of the log, behind those before it; only once <c>Enter</c> was answered, and not while it ends.</summary>
    /// <param name="isTransient">Dropped for a slow client.</param>
    /// <returns>False when it is not sent.</returns>
    internal bool Tell(SerializedHubMessage frame, bool isTransient = false)
    {
        if (_serving is not { MayWrite: true } || IsEnding || Volatile.Read(ref _unsent) >= (isTransient ? FewUnsent : MostUnsent))
        {
            return false;
        }

        lock (_telling)
        {
            Interlocked.Increment(ref _unsent);
            _told = TellAsync(_told, frame);
        }

        return true;
    }

    private async Task TellAsync(Task before, SerializedHubMessage frame)
    {
        try
        {
            await before;
            if (!IsEnding)
            {
                await _hub.WriteAsync(frame, _hub.ConnectionAborted);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or InvalidOperationException)
        {
            // The client is gone.
        }
        finally
        {
            Interlocked.Decrement(ref _unsent);
        }
    }

    /// <summary>Closes a connection that never entered.</summary>
    internal void Drop() => _hub.Abort();

    private async Task CloseAsync(string reason)
    {
        try
        {
            var serving = _serving;
            var told =
                serving is { SaidWhy: true } || (Entry is not null && serving is { Told.Task.IsCompleted: false })
                    ? serving.Told.Task
                    : _hub.WriteAsync(Frames.Ended(reason)).AsTask();
            await told.WaitAsync(reason == EndReasons.SessionEnded ? DrainedWithin : ToldWithin, _clock);
            if (_call is { } call)
            {
                // The facilitator who ended the session gets the answer before the connection closes.
                await Task.WhenAny(call.Task, Task.Delay(ToldWithin, _clock));
            }
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException or IOException or InvalidOperationException)
        {
            _signs?.Cut();
        }

        _hub.Abort();
    }

    private void WakeSoon() => ThreadPool.UnsafeQueueUserWorkItem(static connection => connection.Wake(), this, preferLocal: false);

    private async Task WriteAsync()
    {
        int asked;
        do
        {
            asked = Volatile.Read(ref _asked);
            if (_serving is { MayWrite: true, Told.Task.IsCompleted: false } serving)
            {
                await WriteEventsAsync(serving);
            }
        } while (Interlocked.Add(ref _asked, -asked) > 0);
    }

    private async ValueTask WriteEventsAsync(Serving serving)
    {
        var (room, ct) = (serving.Room, _hub.ConnectionAborted);
        try
        {
            while (ReferenceEquals(Entry, serving.Entry))
            {
                var ending = Volatile.Read(ref _ending);
                var next = ending is null || ending.Reason == EndReasons.SessionEnded ? room.NextFor(this, EventsPerFrame, Frames.FullAt) : default;
                if (next.Frame is { } frame)
                {
                    await _hub.WriteAsync(frame, ct);
                }
                else if (next.Behind is { } behind)
                {
                    RoomMetrics.SlowConsumers.Add(1);
                    await room.CatchUpAsync(this, behind, EventsPerFrame, missed => _hub.WriteAsync(missed, ct), ct);
                }
                else if (ending is not null)
                {
                    serving.SaidWhy = true;
                    await _hub.WriteAsync(Frames.Ended(ending.Reason), ct);
                    serving.Told.TrySetResult();
                    return;
                }
                else
                {
                    return;
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or InvalidOperationException)
        {
            // The client is gone; it comes back with its cursors.
            serving.Told.TrySetResult();
            _hub.Abort();
        }
        catch (Exception e)
        {
            // Without the log this connection cannot be served: let it come back, here or elsewhere.
            serving.Told.TrySetResult();
            room.Report(e);
            _hub.Abort();
        }
    }

    /// <summary>The position of a connection in the room's streams since it entered.</summary>
    private sealed class Serving(LiveRoom room, Entry entry)
    {
        private volatile bool _mayWrite;
        private volatile bool _saidWhy;

        public LiveRoom Room => room;

        public Entry Entry => entry;

        /// <summary>Events may only follow the answer of <c>Enter</c>.</summary>
        public bool MayWrite
        {
            get => _mayWrite;
            set => _mayWrite = value;
        }

        /// <summary>The client is being told why it ends, once.</summary>
        public bool SaidWhy
        {
            get => _saidWhy;
            set => _saidWhy = value;
        }

        /// <summary>Nothing is written any more: its client was told why it ends, is gone, or has left.</summary>
        public TaskCompletionSource Told { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed record Ending(string Reason);
}
