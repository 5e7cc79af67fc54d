using System.Globalization;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Room.Domain;

namespace GroupTherapy.Room.Storage;

/// <summary>Where the media of a session is.</summary>
/// <param name="ClosedAt">Null while it is open.</param>
public sealed record MediaRoomRow(Guid SessionId, string Node, int Epoch, DateTimeOffset? ClosedAt)
{
    /// <summary>The room's name at the node. Another epoch is another room, so that a late participant cannot meet it.</summary>
    public string Name => $"{SessionId:n}-{Epoch}";
}

/// <summary>A participant's session at a media node.</summary>
/// <param name="Owner">The process that keeps it alive.</param>
/// <param name="ConnectionId">The hub connection that asked for it.</param>
/// <param name="Origin">Of the peer connection that sends; null when nothing is sent.</param>
/// <param name="Wished">The wish to receive: the participants' ids, separated by spaces; <c>-</c> before one: no picture, <c>~</c>: a small one.</param>
/// <param name="BeganDark">Their picture was blocked from its first packet on: the node cannot tell its sizes apart any more.</param>
public sealed record MediaPeerRow(
    Guid SessionId,
    Guid ParticipantId,
    int Epoch,
    string Node,
    long RemoteSession,
    long Publisher,
    long PrivateId,
    long? Subscriber,
    Guid Owner,
    string ConnectionId,
    string? Origin,
    string? Ufrags,
    string? AudioMid,
    string? VideoMid,
    string Wished,
    string Received,
    bool BeganDark = false
)
{
    /// <summary>The sections of others that they receive, and the section of theirs that carries each.</summary>
    public IEnumerable<(Guid ParticipantId, string Mid, string? At)> ReceivedFeeds() =>
        Received
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(f => f.Split('/'))
            .Select(f => (Guid.Parse(f[0], CultureInfo.InvariantCulture), f[1], f.Length > 2 ? f[2] : null));

    /// <summary>The participants they wish for, with the size of the picture: null for sound alone.</summary>
    public IEnumerable<(Guid ParticipantId, PictureSize? Picture)> Wishes() =>
        Wished
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(w =>
                w[0] switch
                {
                    '-' => (Guid.Parse(w.AsSpan(1)), (PictureSize?)null),
                    '~' => (Guid.Parse(w.AsSpan(1)), PictureSize.Small),
                    _ => (Guid.Parse(w), PictureSize.Full),
                }
            );

    public static string Text(IEnumerable<(Guid ParticipantId, string Mid, string? At)> feeds) =>
        string.Join(' ', feeds.Select(f => f.At is null ? $"{f.ParticipantId}/{f.Mid}" : $"{f.ParticipantId}/{f.Mid}/{f.At}"));

    public static string Text(IEnumerable<(Guid ParticipantId, PictureSize? Picture)> wishes) =>
        string.Join(
            ' ',
            wishes.Select(w =>
                w.Picture switch
                {
                    null => $"-{w.ParticipantId}",
                    PictureSize.Small => $"~{w.ParticipantId}",
                    _ => $"{w.ParticipantId}",
                }
            )
        );
}

/// <summary>Which media nodes hold which rooms and people. Plain rows beside the room's state, which alone decides what they may do there.</summary>
public sealed class MediaStore(Db db)
{
    private const string RoomColumns = "session_id, node, epoch, closed_at";
    private const string PeerColumns = """
        session_id, participant_id, epoch, node, remote_session, publisher, private_id, subscriber, owner, connection_id, origin, ufrags, audio_mid,
        video_mid, wished, received, began_dark
        """;

    public Task<MediaRoomRow?> RoomAsync(Guid session, CancellationToken ct) =>
        db.FirstOrDefaultAsync<MediaRoomRow>($"select {RoomColumns} from media_rooms where session_id = @session", new { session }, ct);

    public Task<IReadOnlyList<MediaRoomRow>> RoomsAsync(Guid[] sessions, CancellationToken ct) =>
        db.QueryAsync<MediaRoomRow>($"select {RoomColumns} from media_rooms where session_id = any(@sessions)", new { sessions }, ct);

    public Task<IReadOnlyList<MediaRoomRow>> OpenRoomsOnAsync(string node, CancellationToken ct) =>
        db.QueryAsync<MediaRoomRow>($"select {RoomColumns} from media_rooms where node = @node and closed_at is null", new { node }, ct);

    /// <summary>The load of each node by its open rooms, in expected pairs.</summary>
    public async Task<IReadOnlyDictionary<string, long>> LoadsAsync(CancellationToken ct) =>
        (
            await db.QueryAsync<LoadRow>("select node, sum(pairs)::bigint as pairs from media_rooms where closed_at is null group by node", null, ct)
        ).ToDictionary(r => r.Node, r => r.Pairs);

    public async Task<IReadOnlySet<string>> DrainingAsync(CancellationToken ct) =>
        (await db.QueryAsync<string>("select node from media_nodes where draining", null, ct)).ToHashSet();

    /// <summary>Whether a node takes no new rooms.</summary>
    public Task DrainAsync(string node, bool drains, CancellationToken ct) =>
        WriteAsync(
            "insert into media_nodes (node, draining) values (@node, @drains) on conflict (node) do update set draining = excluded.draining",
            new { node, drains },
            ct
        );

    /// <summary>Places a session's media, unless it is placed. A placement that was closed is opened anew with the next epoch.</summary>
    public async Task<MediaRoomRow> PlaceAsync(Guid session, string node, int pairs, CancellationToken ct)
    {
        await WriteAsync(
            """
            insert into media_rooms as m (session_id, node, epoch, pairs, placed_at) values (@session, @node, 1, @pairs, @now)
            on conflict (session_id) do update set node = excluded.node, epoch = m.epoch + 1, pairs = excluded.pairs,
                placed_at = excluded.placed_at, closed_at = null where m.closed_at is not null
            """,
            new
            {
                session,
                node,
                pairs,
                now = db.Clock.GetUtcNow(),
            },
            ct
        );
        return (await RoomAsync(session, ct))!;
    }

    /// <summary>Moves a session's media to another node, if it is still where it was thought to be.</summary>
    /// <returns>Where it is now.</returns>
    public async Task<MediaRoomRow> MoveAsync(MediaRoomRow from, string node, CancellationToken ct)
    {
        await WriteAsync(
            """
            with moved as (
                update media_rooms set node = @node, epoch = epoch + 1, placed_at = @now
                where session_id = @SessionId and epoch = @Epoch and closed_at is null returning session_id)
            delete from media_peers p using moved where p.session_id = moved.session_id
            """,
            new
            {
                from.SessionId,
                from.Epoch,
                node,
                now = db.Clock.GetUtcNow(),
            },
            ct
        );
        return (await RoomAsync(from.SessionId, ct))!;
    }

    public Task CloseAsync(MediaRoomRow room, CancellationToken ct) =>
        WriteAsync(
            """
            with closed as (update media_rooms set closed_at = @now where session_id = @SessionId and epoch = @Epoch and closed_at is null returning session_id)
            delete from media_peers p using closed where p.session_id = closed.session_id
            """,
            new
            {
                room.SessionId,
                room.Epoch,
                now = db.Clock.GetUtcNow(),
            },
            ct
        );

    public Task<IReadOnlyList<MediaPeerRow>> PeersAsync(Guid session, CancellationToken ct) =>
        db.QueryAsync<MediaPeerRow>($"select {PeerColumns} from media_peers where session_id = @session", new { session }, ct);

    public Task<MediaPeerRow?> PeerAsync(Guid session, Guid participant, CancellationToken ct) =>
        db.FirstOrDefaultAsync<MediaPeerRow>(
            $"select {PeerColumns} from media_peers where session_id = @session and participant_id = @participant",
            new { session, participant },
            ct
        );

    public Task SavePeerAsync(MediaPeerRow peer, CancellationToken ct) =>
        WriteAsync(
            $"""
            insert into media_peers ({PeerColumns}) values (@SessionId, @ParticipantId, @Epoch, @Node, @RemoteSession, @Publisher, @PrivateId, @Subscriber,
                @Owner, @ConnectionId, @Origin, @Ufrags, @AudioMid, @VideoMid, @Wished, @Received, @BeganDark)
            on conflict (session_id, participant_id) do update set epoch = excluded.epoch, node = excluded.node, remote_session = excluded.remote_session,
                publisher = excluded.publisher, private_id = excluded.private_id, subscriber = excluded.subscriber, owner = excluded.owner,
                connection_id = excluded.connection_id, origin = excluded.origin, ufrags = excluded.ufrags, audio_mid = excluded.audio_mid,
                video_mid = excluded.video_mid, wished = excluded.wished, received = excluded.received, began_dark = excluded.began_dark
            """,
            peer,
            ct
        );

    /// <summary>Forgets a participant's session at the node, if it is still that one.</summary>
    public Task DeletePeerAsync(MediaPeerRow peer, CancellationToken ct) =>
        WriteAsync("delete from media_peers where session_id = @SessionId and participant_id = @ParticipantId and remote_session = @RemoteSession", peer, ct);

    /// <summary>The hub connection that asked for it is open, as far as the database knows.</summary>
    public async Task<bool> IsConnectedAsync(MediaPeerRow peer, CancellationToken ct) =>
        await db.FirstOrDefaultAsync<bool>(
            $"""
            select exists (select 1 from connections c join nodes n using (node_id) where c.connection_id = @ConnectionId and c.ending is null
                and n.{NodeLease.Counts})
            """,
            peer,
            ct
        );

    /// <summary>Sessions at media nodes that a process keeps.</summary>
    public async Task<IReadOnlySet<(string Node, long RemoteSession)>> OwnedByAsync(Guid owner, CancellationToken ct) =>
        (await db.QueryAsync<OwnedRow>("select node, remote_session from media_peers where owner = @owner", new { owner }, ct))
            .Select(r => (r.Node, r.RemoteSession))
            .ToHashSet();

    /// <summary>Sessions at media nodes whose process is dead.</summary>
    public Task<IReadOnlyList<MediaPeerRow>> OrphansAsync(int limit, CancellationToken ct) =>
        db.QueryAsync<MediaPeerRow>(
            $"""
            select {PeerColumns} from media_peers p where not exists (select 1 from nodes n where n.node_id = p.owner and n.{NodeLease.Counts})
            order by session_id limit @limit
            """,
            new { limit },
            ct
        );

    /// <summary>Has a room looked at now by whichever process comes first.</summary>
    public async Task AskAsync(IEnumerable<Guid> sessions, DateTimeOffset at, CancellationToken ct)
    {
        await using var work = await db.BeginAsync(Caller.System("room"), ct);
        foreach (var session in sessions)
        {
            work.Schedule(DueKeys.MediaKind, session.ToString(), at);
        }

        await work.CommitAsync(ct);
    }

    private async Task WriteAsync(string sql, object values, CancellationToken ct)
    {
        await using var work = await db.BeginAsync(Caller.System("room"), ct);
        await work.ExecuteAsync(sql, values);
        await work.CommitAsync(ct);
    }

    private sealed record OwnedRow(string Node, long RemoteSession);

    private sealed record LoadRow(string Node, long Pairs);
}
