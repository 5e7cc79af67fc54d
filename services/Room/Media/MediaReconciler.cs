using System.Collections.Concurrent;
using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Storage;
using Microsoft.Extensions.Logging;

namespace GroupTherapy.Room.Media;

/// <summary>
/// Makes the media node agree with what a room's state allows: opens and closes its room, ends the connections of people who may not be there, blocks what
/// may not be heard or seen. Doing it twice changes nothing, and any process can do it.
/// </summary>
public sealed class MediaReconciler(
    IMediaPlane plane,
    MediaStore store,
    MediaPlacement placement,
    MediaCalls calls,
    RoomExecutor executor,
    TimeProvider clock,
    ILogger<MediaReconciler> log
)
{
    private const int MostRounds = 5;
    private static readonly TimeSpan StrangerFor = TimeSpan.FromSeconds(5);
    private readonly ConcurrentDictionary<Guid, SemaphoreSlim> _busy = new();
    private readonly ConcurrentDictionary<string, Dictionary<Guid, DateTimeOffset>> _strangers = new();

    /// <param name="isThorough">Asks the node who is there, too.</param>
    /// <param name="asked">A timestamp of the clock: when it became necessary. Null for now.</param>
    /// <returns>Whether the room's media is open.</returns>
    /// <exception cref="MediaException">A node does not answer; it must be tried again.</exception>
    public async Task<bool> RunAsync(Guid session, bool isThorough, CancellationToken ct, long? asked = null)
    {
        var began = asked ?? clock.GetTimestamp();
        var gate = _busy.GetOrAdd(session, static _ => new SemaphoreSlim(1));
        await gate.WaitAsync(ct);
        try
        {
            var plan = await PlanAsync(session, ct);
            for (var round = 0; ; round++)
            {
                await ApplyAsync(session, plan, isThorough, ct);
                var now = await PlanAsync(session, ct);
                // Another process may have applied an older state after this one: the present state is applied last.
                if (now.Version == plan.Version || round == MostRounds)
                {
                    MediaMetrics.Reconciled.Record(clock.GetElapsedTime(began).TotalSeconds);
                    return now.IsOpen;
                }

                plan = now;
            }
        }
        finally
        {
            gate.Release();
        }
    }

    private async Task<MediaPlan> PlanAsync(Guid session, CancellationToken ct) =>
        (await executor.RunAsync(new ReadMediaPlan(session), ct)).Value ?? throw new MediaException("The room cannot be read", isRefusal: false);

    private async Task ApplyAsync(Guid session, MediaPlan plan, bool isThorough, CancellationToken ct)
    {
        var known = await store.RoomAsync(session, ct);
        if (!plan.IsOpen)
        {
            if (known is { ClosedAt: null })
            {
                await CloseAsync(known, ct);
            }

            return;
        }

        // Who must go goes first, and without waiting for anything else.
        if (known is { ClosedAt: null } && plane.Find(known.Node) is { IsUp: true })
        {
            await AgreeAsync(known, plan, isThorough, ct);
        }

        var room = await placement.EnsureAsync(session, plan, ct);
        if (room.Epoch != known?.Epoch)
        {
            log.LogInformation("Media of session {Session} is at {Node}, epoch {Epoch}", session, room.Node, room.Epoch);
        }

        if (isThorough)
        {
            await EndStrangersAsync(room, plan, ct);
        }
    }

    // After a commit every block and unblock is sent to the node. The periodic round repeats blocks alone.
    private async Task AgreeAsync(MediaRoomRow room, MediaPlan plan, bool isThorough, CancellationToken ct)
    {
        var peers = await store.PeersAsync(room.SessionId, ct);
        await Task.WhenAll(
            peers
                .Where(p => p.Epoch == room.Epoch)
                .Select(async peer =>
                {
                    var rights = plan.Of(peer.ParticipantId);
                    if (rights is { Connects: true, Video: true } && peer.BeganDark)
                    {
                        await calls.BeginAnewAsync(room, peer, ct);
                        return;
                    }

                    if (rights.Connects)
                    {
                        await calls.BlockAsync(room, peer, rights, isFree: isThorough && calls.IsFree(room, peer.ParticipantId), ct);
                        return;
                    }

                    MediaMetrics.Ended.Add(1);
                    await calls.EndRemoteAsync(room, peer, ct);
                })
        );
    }

    // A peer at the node without a row here: a process died between the two. A peer that joins just now has no row for a moment.
    private async Task EndStrangersAsync(MediaRoomRow room, MediaPlan plan, CancellationToken ct)
    {
        var present = await plane.PresentAsync(room, ct);
        var known = (await store.PeersAsync(room.SessionId, ct)).Select(p => p.ParticipantId).ToHashSet();
        var (now, before) = (clock.GetUtcNow(), _strangers.GetValueOrDefault(room.Name));
        var strangers = present.Where(id => !known.Contains(id)).ToDictionary(id => id, id => before?.GetValueOrDefault(id, now) ?? now);
        _strangers[room.Name] = strangers;
        foreach (var (stranger, _) in strangers.Where(s => now - s.Value > StrangerFor || !plan.Of(s.Key).Connects))
        {
            await plane.EndAsync(room, stranger, null, ct);
        }
    }

    private async Task CloseAsync(MediaRoomRow room, CancellationToken ct)
    {
        if (plane.Find(room.Node) is { IsUp: true })
        {
            var peers = await store.PeersAsync(room.SessionId, ct);
            await Task.WhenAll(peers.Where(p => p.Epoch == room.Epoch).Select(p => plane.EndAsync(room, p.ParticipantId, p.RemoteSession, ct)));
            await plane.CloseRoomAsync(room.Node, room.Name, ct);
        }

        // A node that is away cannot be asked: it is cleared when it comes back.
        await store.CloseAsync(room, ct);
        _busy.TryRemove(room.SessionId, out _);
        _strangers.TryRemove(room.Name, out _);
        await calls.FollowRoomAsync(room.SessionId, null, ct);
    }
}
