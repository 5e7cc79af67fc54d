using GroupTherapy.Room.Delivery;
using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Storage;
using Microsoft.Extensions.Logging;

namespace GroupTherapy.Room.Media;

/// <summary>Keeps calls: joining, taking over, ending, and following who sends.</summary>
public sealed partial class MediaCalls
{
    /// <summary>A room's media must be looked at now.</summary>
    internal event Action<Guid>? Asked;

    /// <summary>Asks for a look now at where rooms are, and at who must be told.</summary>
    internal event Action? FollowAsked;

    internal IReadOnlyCollection<MediaCall> All => [.. _calls.Values.Where(c => c.Peer is not null)];

    internal IReadOnlyCollection<RoomFeeds> Watched => [.. _feeds.Values];

    internal void Ask(Guid session) => Asked?.Invoke(session);

    /// <summary>The participant is at the node, by this process. Where they were there from another page, that ends.</summary>
    /// <param name="keeps">Whether the call of an earlier connection goes on.</param>
    /// <returns>True when they have just joined.</returns>
    private async Task<bool> JoinAsync(MediaCall call, Asker who, MediaRoomRow room, Func<MediaPeerRow, bool> keeps, CancellationToken ct)
    {
        var before = call.Connection;
        call.Connection = who.Connection;
        if (before is not null && before != who.Connection)
        {
            before.Tell(MediaFrames.Replaced());
        }

        var row = await store.PeerAsync(who.Session, who.Participant, ct);
        if (row is not null && (row.Epoch != room.Epoch || !(row.ConnectionId == who.Connection.ConnectionId || keeps(row))))
        {
            await EndAsync(call, room, ct, row);
            row = null;
        }

        if (row is not null && (call.IsAt(room) && call.Row!.RemoteSession == row.RemoteSession || await ClaimAsync(call, row, ct)))
        {
            call.Now(r => r with { ConnectionId = who.Connection.ConnectionId, Owner = rooms.NodeId });
            return false;
        }

        Clear(call);
        var peer = await plane.JoinAsync(room, who.Participant, call, ct);
        Begin(call, peer, new MediaPeerRow(
            who.Session, who.Participant, room.Epoch, room.Node, peer.RemoteSession, peer.Publisher, peer.PrivateId, null, rooms.NodeId,
            who.Connection.ConnectionId, null, null, null, null, "", ""));
        await store.SavePeerAsync(call.Row!, ct);
        return true;
    }

    private async Task<bool> ClaimAsync(MediaCall call, MediaPeerRow row, CancellationToken ct)
    {
        if (await plane.ClaimAsync(row, call, ct) is not { } peer)
        {
            await store.DeletePeerAsync(row, ct);
            return false;
        }

        Begin(call, peer, row with { Owner = rooms.NodeId });
        await store.SavePeerAsync(call.Row!, ct);
        return true;
    }

    /// <summary>Takes over a call of a process that is gone, or of a connection to the node that was lost.</summary>
    internal async Task AdoptAsync(Guid session, Guid participant, RoomConnection? connection)
    {
        try
        {
            if (await store.PeerAsync(session, participant, CancellationToken.None) is null)
            {
                return;
            }

            // Read again under the lock: a page that was reloaded may have begun another call meanwhile.
            var call = CallOf(session, participant);
            using var held = await HoldAsync(call, CancellationToken.None);
            if (await store.PeerAsync(session, participant, CancellationToken.None) is not { } row
                || await store.RoomAsync(session, CancellationToken.None) is not { ClosedAt: null } room || room.Epoch != row.Epoch)
            {
                return;
            }

            if (connection is not null && (call.Connection is not { IsEnding: false } old || rooms.Find(old.ConnectionId) is null))
            {
                call.Connection = connection;
            }

            if (connection is not null && ((row.Owner == rooms.NodeId && call.Row?.RemoteSession == row.RemoteSession)
                || await store.IsConnectedAsync(row, CancellationToken.None)))
            {
                // Another window of theirs has it.
                return;
            }

            if (!await ClaimAsync(call, row, CancellationToken.None))
            {
                Clear(call);
                (connection ?? call.Connection)?.Tell(MediaFrames.Moved());
            }
        }
        catch (Exception e)
        {
            log.LogWarning("A call of session {Session} could not be taken over ({Kind})", session, e.GetType().Name);
        }
    }

    // The received feeds follow from the wish and from the senders.
    private async Task<MediaOffer> ReceiveAsync(MediaCall call, RoomFeeds feeds, bool saves, CancellationToken ct)
    {
        var byId = feeds.Feeds.ToDictionary(f => f.ParticipantId);
        List<FeedSection> wanted = [];
        foreach (var (participant, picture) in call.Row!.Wishes())
        {
            if (byId.TryGetValue(participant, out var feed))
            {
                wanted.AddRange(feed.AudioMid is { } audio ? [new FeedSection(participant, audio, feed.Generation)] : []);
                wanted.AddRange(feed.VideoMid is { } video && picture is not null ? [new FeedSection(participant, video, feed.Generation, picture)] : []);
            }
        }

        var before = call.Row;
        var offer = await call.Peer!.ReceiveAsync(wanted, call.Most, ct);
        call.OfferedAt = offer.Sdp is null ? null : db.Clock.GetUtcNow();
        if (saves || call.Now() != before)
        {
            await store.SavePeerAsync(call.Now(), ct);
        }

        return offer;
    }

    /// <summary>Offers what has changed to a participant who wants to receive it.</summary>
    private async Task FollowAsync(MediaCall call, CancellationToken ct)
    {
        try
        {
            using var held = await HoldAsync(call, ct);
            if (call is not { Peer: { } peer, Row: { Wished.Length: > 0 } row } || !_feeds.TryGetValue(call.Session, out var feeds) || !call.IsAt(feeds.Room))
            {
                return;
            }

            if (call.OfferedAt is not null)
            {
                call.IsDirty = true;
                return;
            }

            var isFresh = peer.Subscriber is null;
            var offer = await ReceiveAsync(call, feeds, saves: false, ct);
            if (offer.Sdp is not null && call.Connection?.Tell(MediaFrames.Offer(offer, isFresh)) != true)
            {
                // No connection can answer it now; a participant who comes back asks anew.
                call.OfferedAt = null;
            }
        }
        catch (Exception e) when (e is MediaException or OperationCanceledException)
        {
            log.LogWarning("Media of session {Session} could not be followed: {Error}", call.Session, e.Message);
        }
    }

    private async Task StopReceivingAsync(MediaCall call, CancellationToken ct)
    {
        (call.OfferedAt, call.IsDirty, call.Candidates) = (null, false, 0);
        await AllowRefusalAsync(() => call.Peer!.StopReceivingAsync(ct));
    }

    /// <param name="isFree">No feed of theirs is blocked now, as far as is known, so allowing one needs no call.</param>
    internal async Task BlockAsync(MediaRoomRow room, MediaPeerRow row, MediaRights rights, bool isFree, CancellationToken ct)
    {
        if (row.Origin is not null)
        {
            await Task.WhenAll(BlockOneAsync(row.AudioMid, rights.Audio), BlockOneAsync(row.VideoMid, rights.Video));
        }

        Task BlockOneAsync(string? mid, bool isAllowed) => mid is null || (isAllowed && isFree)
            ? Task.CompletedTask : plane.BlockAsync(room, row.ParticipantId, mid, !isAllowed, ct);
    }

    /// <summary>Ends what a participant has at the node, and forgets it.</summary>
    internal async Task EndAsync(MediaCall? call, MediaRoomRow room, CancellationToken ct, MediaPeerRow? row = null)
    {
        row ??= call?.Row;
        if (row is not null)
        {
            if (row.Epoch == room.Epoch)
            {
                await plane.EndAsync(room, row.ParticipantId, row.RemoteSession, ct);
            }

            await store.DeletePeerAsync(row, ct);
        }

        if (call is not null)
        {
            Clear(call);
        }
    }

    internal async Task KeepAliveAsync(MediaCall call, CancellationToken ct)
    {
        var peer = call.Peer;
        try
        {
            await (peer?.KeepAliveAsync(ct) ?? Task.CompletedTask);
        }
        catch (MediaException e) when (e.IsRefusal)
        {
            // The session is gone, or another process has it now. One that the participant has begun meanwhile lives.
            using var held = await HoldAsync(call, ct);
            if (call.Row is not { } row || call.Peer != peer)
            {
                return;
            }

            var now = await store.PeerAsync(call.Session, call.Participant, ct);
            Clear(call);
            if (now is not null && now.ConnectionId != row.ConnectionId)
            {
                call.Connection?.Tell(MediaFrames.Replaced());
            }

            if (now?.Owner == rooms.NodeId && now.RemoteSession == row.RemoteSession)
            {
                call.Connection?.Tell(MediaFrames.Moved());
                await store.DeletePeerAsync(row, ct);
            }
        }
    }

    /// <summary>Ends a participant's connections at the node, whichever process keeps them, without waiting for that process's present work.</summary>
    internal async Task EndRemoteAsync(MediaRoomRow room, MediaPeerRow row, CancellationToken ct)
    {
        await plane.EndAsync(room, row.ParticipantId, row.RemoteSession, ct);
        await store.DeletePeerAsync(row, ct);
        if (_calls.TryGetValue((row.SessionId, row.ParticipantId), out var call))
        {
            _ = Task.Run(() => ForgetAsync(call, row.RemoteSession), CancellationToken.None);
        }
    }

    private async Task ForgetAsync(MediaCall call, long remoteSession)
    {
        using var held = await HoldAsync(call, CancellationToken.None);
        if (call.Row?.RemoteSession == remoteSession)
        {
            Clear(call);
        }
    }

    private async Task EndQuietlyAsync(MediaCall call, RoomConnection ended)
    {
        try
        {
            using var held = await HoldAsync(call, CancellationToken.None);
            if (call.Row is { } row && (call.Connection is null || call.Connection == ended)
                && await store.RoomAsync(call.Session, CancellationToken.None) is { } room)
            {
                await EndAsync(call, room, CancellationToken.None, row);
            }
        }
        catch (Exception e)
        {
            log.LogWarning("A call of session {Session} could not be ended ({Kind}); it is looked at again", call.Session, e.GetType().Name);
            Ask(call.Session);
        }
    }

    private void Begin(MediaCall call, IMediaPeer peer, MediaPeerRow row)
    {
        MediaMetrics.Calls.Add(call.Peer is null ? 1 : 0);
        call.Begin(peer, row, db.Clock.GetUtcNow());
    }

    private void Clear(MediaCall call)
    {
        MediaMetrics.Calls.Add(call.Peer is null ? 0 : -1);
        call.Clear();
    }

    // A report waits for its turn: what it is about may have been replaced meanwhile, and what replaced it goes on.
    private void Happened(MediaCall call, MediaCall.Happened what, long of) => _ = Task.Run(async () =>
    {
        switch (what)
        {
            case MediaCall.Happened.SendingEnded:
                await ChangeAsync(call, c => c.Peer!.Publisher == of, c =>
                {
                    c.Now(row => row with { Origin = null, Ufrags = null, AudioMid = null, VideoMid = null, BeganDark = false });
                    return Task.CompletedTask;
                });
                break;
            case MediaCall.Happened.ReceivingEnded:
                await ChangeAsync(call, c => c.Peer!.Subscriber == of, c => StopReceivingAsync(c, CancellationToken.None));
                break;
            case MediaCall.Happened.Gone:
                await LostAsync(call, c => c.Peer?.RemoteSession == of);
                break;
            case MediaCall.Happened.SendingLossy or MediaCall.Happened.ReceivingLossy:
                await LosesPacketsAsync(call, what == MediaCall.Happened.ReceivingLossy);
                break;
        }
    });

    private async Task ChangeAsync(MediaCall call, Func<MediaCall, bool> isMeant, Func<MediaCall, Task> change)
    {
        try
        {
            using var held = await HoldAsync(call, CancellationToken.None);
            if (call.Peer is not null && isMeant(call))
            {
                await change(call);
                await store.SavePeerAsync(call.Now(), CancellationToken.None);
            }
        }
        catch (Exception e)
        {
            log.LogWarning("A change of a call of session {Session} was not kept ({Kind})", call.Session, e.GetType().Name);
        }
    }

    private async Task LostAsync(MediaCall call, Func<MediaCall, bool> isMeant)
    {
        using var held = await HoldAsync(call, CancellationToken.None);
        if (call.Row is { } row && isMeant(call))
        {
            Clear(call);
            call.Connection?.Tell(MediaFrames.Moved());
            await store.DeletePeerAsync(row, CancellationToken.None);
        }
    }
}
