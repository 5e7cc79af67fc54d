using System.Threading.Channels;
using GroupTherapy.Platform.Security;
using GroupTherapy.Room.Log;
using Microsoft.AspNetCore.SignalR;

namespace GroupTherapy.Room.Live;

/// <summary>What a connection became by <c>Enter</c>.</summary>
/// <param name="IsStaff">Read every stream of the room when they entered.</param>
public sealed record Entry(Guid SessionId, Guid ParticipantId, bool IsStaff);

/// <summary>
/// One connection and its own writer. The writer takes from the room what this connection has not been sent yet, at the pace of this client:
/// a slow one holds nobody up and holds no queue, since what it has not taken stays in the log.
/// </summary>
public sealed class RoomConnection
{
    private const int EventsPerFrame = 100;
    private static readonly TimeSpan ToldWithin = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan DrainedWithin = TimeSpan.FromSeconds(3);

    private readonly HubConnectionContext _hub;
    private readonly SignsOfLife? _signs;
    private readonly TimeProvider _clock;
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile TaskCompletionSource? _call;
    private Task _writer = Task.CompletedTask;
    private Ending? _ending;

    internal RoomConnection(HubConnectionContext hub, TimeProvider clock)
    {
        (_hub, _clock) = (hub, clock);
        _signs = hub.GetHttpContext()?.Features.Get<SignsOfLife>();
        Caller = Caller.From(hub.User);
        OpenedAt = clock.GetUtcNow();
    }

    public string ConnectionId => _hub.ConnectionId;

    /// <summary>Who opened it, as the gateway vouched at the handshake. What they may do now, <see cref="Access.RoomAccess"/> says.</summary>
    public Caller Caller { get; }

    public DateTimeOffset OpenedAt { get; }

    /// <summary>Null until <c>Enter</c>, and after <c>Leave</c>.</summary>
    public Entry? Entry { get; private set; }

    /// <summary>Limits how often this connection's refusals are put on record.</summary>
    public int RefusalsOnRecord { get; set; }

    public DateTimeOffset LastSeen => _signs?.LastSeen ?? _clock.GetUtcNow();

    public bool IsEnding => Volatile.Read(ref _ending) is not null;

    // What the room keeps about this connection; read and written under the room's lock.
    internal Dictionary<string, long> Sent { get; } = new(StringComparer.Ordinal);

    internal bool IsIn { get; set; }

    /// <summary>May lead the room: as at the entry, and then as the log tells.</summary>
    internal bool IsStaff { get; set; }

    /// <summary>The end of the room's stream when they entered.</summary>
    internal long EnteredRoomAfter { get; set; }

    /// <summary>The end of the person's private stream when they entered.</summary>
    internal long EnteredAfter { get; set; }

    /// <summary>Events of the room wait until the private stream has been sent up to here: admission is told before what follows from it.</summary>
    internal long AfterPrivate { get; set; }

    internal void Wake() => _wake.Writer.TryWrite(true);

    /// <summary>The answer of <c>Enter</c> is on the wire.</summary>
    internal void EventsMayFollow() => _answered.TrySetResult();

    /// <summary>A call is carried out. There is one at a time.</summary>
    internal void CallBegan() => _call = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Its answer is on the wire, or it has none.</summary>
    internal void CallAnswered() => _call?.TrySetResult();

    internal void Start(LiveRoom room, Entry entry)
    {
        var (answered, before) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), _writer);
        (Entry, _answered) = (entry, answered);
        _writer = Task.Run(async () =>
        {
            await before;
            await WriteAsync(room, entry, answered.Task);
        });
    }

    internal void Stop()
    {
        Entry = null;
        Sent.Clear();
        Wake();
    }

    /// <summary>
    /// Tells the client why and closes. Whatever it has not been sent yet is not sent any more, except before <c>session-ended</c>, where the log's end is drained first.
    /// </summary>
    public void End(string reason)
    {
        if (Interlocked.CompareExchange(ref _ending, new Ending(reason), null) is null)
        {
            Wake();
            _ = CloseAsync(reason);
        }
    }

    /// <summary>Closes a connection that never entered.</summary>
    internal void Drop() => _hub.Abort();

    private async Task CloseAsync(string reason)
    {
        try
        {
            var told = Entry is null || _writer.IsCompleted ? _hub.WriteAsync(Frames.Ended(reason)).AsTask() : _writer;
            await told.WaitAsync(reason == EndReasons.SessionEnded ? DrainedWithin : ToldWithin, _clock);
            if (_call is { } call)
            {
                // Who ended the session is told that it worked before the door closes.
                await Task.WhenAny(call.Task, Task.Delay(ToldWithin, _clock));
            }
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException or IOException or InvalidOperationException)
        {
            _signs?.Cut();
        }

        _hub.Abort();
    }

    private async Task WriteAsync(LiveRoom room, Entry entry, Task answered)
    {
        var ct = _hub.ConnectionAborted;
        try
        {
            await answered.WaitAsync(ct);
            while (ReferenceEquals(Entry, entry))
            {
                var ending = Volatile.Read(ref _ending);
                if (ending is not null && ending.Reason != EndReasons.SessionEnded)
                {
                    break;
                }

                var next = room.NextFor(this, EventsPerFrame, Frames.FullAt);
                if (next.Events.Count > 0)
                {
                    await _hub.WriteAsync(next.Frame(), ct);
                }
                else if (next.Behind is { } behind)
                {
                    await room.CatchUpAsync(this, behind, EventsPerFrame, frame => _hub.WriteAsync(frame, ct), ct);
                }
                else if (ending is not null)
                {
                    break;
                }
                else
                {
                    await _wake.Reader.ReadAsync(ct);
                }
            }

            if (Volatile.Read(ref _ending) is { } why)
            {
                await _hub.WriteAsync(Frames.Ended(why.Reason), ct);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or InvalidOperationException)
        {
            // The client is gone; it comes back with its cursors.
        }
        catch (Exception e)
        {
            // Without the log this connection cannot be served: let it come back, here or elsewhere.
            room.Report(e);
            _hub.Abort();
        }
    }

    private sealed record Ending(string Reason);
}
