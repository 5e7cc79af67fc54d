using GroupTherapy.Room.Storage;
using Microsoft.Extensions.Logging;

namespace GroupTherapy.Room.Media;

/// <summary>The rooms whose senders this process watches.</summary>
public sealed partial class MediaCalls
{
    /// <summary>The senders of a room; watched from now on.</summary>
    private async Task<RoomFeeds> FeedsOfAsync(MediaRoomRow room, CancellationToken ct)
    {
        if (_feeds.TryGetValue(room.SessionId, out var known) && known.Room.Epoch == room.Epoch && !known.IsLost)
        {
            return known;
        }

        var gate = _watching.GetOrAdd(room.SessionId, static _ => new SemaphoreSlim(1));
        await gate.WaitAsync(ct);
        try
        {
            if (_feeds.TryGetValue(room.SessionId, out known) && known.Room.Epoch == room.Epoch && !known.IsLost)
            {
                return known;
            }

            var feeds = new RoomFeeds(room, rooms, FeedsChanged);
            await feeds.StartAsync(plane, known, ct);
            _feeds[room.SessionId] = feeds;
            if (known is not null)
            {
                Drop(known, hasMoved: known.Room.Epoch != room.Epoch, endsCalls: known.Room.Epoch != room.Epoch);
            }

            feeds.TellNewcomers();
            FeedsChanged(room.SessionId);
            return feeds;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Follows where the media of a room is: watches it, tells its people when it has moved, forgets it when it is closed.</summary>
    internal async Task FollowRoomAsync(Guid session, MediaRoomRow? room, CancellationToken ct)
    {
        if (room is { ClosedAt: null })
        {
            if (plane.Find(room.Node) is { IsUp: true })
            {
                (await FeedsOfAsync(room, ct)).TellNewcomers();
            }
        }
        else if (_feeds.TryRemove(session, out var feeds))
        {
            Drop(feeds, hasMoved: false, endsCalls: true);
        }
    }

    /// <summary>Whether the node told that nothing of a participant is blocked. Its answer may be a moment old.</summary>
    internal bool IsFree(MediaRoomRow room, Guid participant) =>
        _feeds.TryGetValue(room.SessionId, out var feeds)
        && feeds.Room.Epoch == room.Epoch
        && !feeds.IsLost
        && feeds.Feeds.Any(f => f.ParticipantId == participant && f is { AudioBlocked: false, VideoBlocked: false });

    internal void ForgetRoom(Guid session)
    {
        if (_feeds.TryRemove(session, out var feeds))
        {
            Drop(feeds, hasMoved: false, endsCalls: false);
        }

        _watching.TryRemove(session, out _);
    }

    /// <summary>Forgets calls that other processes have taken over or ended, without touching them at the node.</summary>
    internal void ForgetAllBut(IEnumerable<MediaCall> calls, IReadOnlySet<(string Node, long RemoteSession)> owned)
    {
        foreach (var call in calls)
        {
            // One that is used just now is looked at the next time.
            if (call.Gate.Wait(0))
            {
                using var held = new Held(call.Gate);
                if (call.Row is { } row && !owned.Contains((row.Node, row.RemoteSession)) && db.Clock.GetUtcNow() - call.BegunAt > OfferLasts)
                {
                    Clear(call);
                }
            }
        }
    }

    private void Drop(RoomFeeds feeds, bool hasMoved, bool endsCalls)
    {
        if (hasMoved)
        {
            feeds.TellMoved();
        }

        foreach (var call in _calls.Values.Where(c => endsCalls && c.Session == feeds.Room.SessionId && c.Row is { } row && row.Epoch <= feeds.Room.Epoch))
        {
            _ = Task.Run(async () =>
            {
                using var held = await HoldAsync(call, CancellationToken.None);
                if (call.Row is { } row && row.Epoch <= feeds.Room.Epoch)
                {
                    Clear(call);
                }
            });
        }

        _ = Task.Run(async () =>
        {
            try
            {
                await feeds.DisposeAsync();
            }
            catch (Exception e)
            {
                log.LogDebug("A watch ended badly ({Kind})", e.GetType().Name);
            }
        });
    }

    /// <summary>Ends a call at its node while the database cannot be asked.</summary>
    internal async Task EndWithoutStoreAsync(MediaCall call, CancellationToken ct)
    {
        using var held = await HoldAsync(call, ct);
        var peer = call.Peer;
        Clear(call);
        await AllowRefusalAsync(() => peer?.EndAsync(ct) ?? Task.CompletedTask);
    }

    private void FeedsChanged(Guid session)
    {
        LookAtDark(session);
        foreach (var call in _calls.Values.Where(c => c.Session == session && c.Row is { Wished.Length: > 0 }))
        {
            _ = Task.Run(() => FollowAsync(call, CancellationToken.None));
        }
    }
}
