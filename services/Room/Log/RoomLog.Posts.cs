using GroupTherapy.Platform.Data;

namespace GroupTherapy.Room.Log;

/// <summary>A message that may be appended.</summary>
/// <param name="Sealed">Its data under the session's key.</param>
/// <param name="ClientId">The sender's own id for it.</param>
/// <param name="Digest">Recognises the same text under the same id.</param>
/// <param name="SettlesAt">When the sender's allowance of posts will be whole again after it.</param>
/// <param name="SpokeAt">Set when it goes to everybody.</param>
public sealed record PostDraft(
    Guid SessionId, string Stream, Actor By, byte[] Sealed, string ClientId, byte[] Digest, DateTimeOffset SettlesAt, DateTimeOffset? SpokeAt)
{
    internal StoredEvent Stored(PlacedPost place) => new(Stream, place.Seq, place.At, Kinds.Posted, By.ParticipantId, By.Alias, By.Role, null, Sealed);
}

/// <summary>Where a message stands.</summary>
/// <param name="Digest">Of what was there already under this id; null when it is new.</param>
public sealed record PlacedPost(string Stream, long Seq, DateTimeOffset At, byte[]? Digest)
{
    public bool IsNew => Digest is null;
}

public static partial class RoomLog
{
    private const string PostsSql =
        """
        with given as (
            select * from unnest(@sessions, @streams, @byIds, @byAliases, @byRoles, @sealed, @clientIds, @digests, @settleAts, @spokeAts::timestamptz[])
                with ordinality as g (session_id, stream, by_id, by_alias, by_role, sealed, client_id, digest, settles_at, spoke_at, n)),
        known as (
            select g.n, p.stream, p.seq, e.at, p.digest from given g
            join posts p on p.session_id = g.session_id and p.participant_id = g.by_id and p.client_id = g.client_id
            join room_events e on e.session_id = p.session_id and e.stream = p.stream and e.seq = p.seq),
        fresh as (
            select *, count(*) over (partition by session_id, stream) as beside, row_number() over (partition by session_id, stream order by n) as place
            from given where n not in (select n from known)),
        heads as (
            insert into room_streams as s (session_id, stream, last_seq, last_at)
            select session_id, stream, count(*), @Now from fresh group by session_id, stream order by session_id, stream
            on conflict (session_id, stream) do update set last_seq = s.last_seq + excluded.last_seq, last_at = greatest(s.last_at, excluded.last_at)
            returning session_id, stream, last_seq, last_at),
        placed as (
            select f.*, h.last_seq - f.beside + f.place as seq, h.last_at as at from fresh f join heads h using (session_id, stream)),
        written as (
            insert into room_events (session_id, stream, seq, at, kind, by_id, by_alias, by_role, sealed)
            select session_id, stream, seq, at, @Posted, by_id, by_alias, by_role, sealed from placed),
        noted as (
            insert into posts (session_id, participant_id, client_id, stream, seq, digest) select session_id, by_id, client_id, stream, seq, digest from placed),
        settled as (
            update participants p set posts_settle_at = greatest(p.posts_settle_at, s.settles_at), spoke_at = coalesce(s.spoke_at, p.spoke_at)
            from (select session_id, by_id, max(settles_at) as settles_at, max(spoke_at) as spoke_at from fresh group by session_id, by_id) s
            where p.session_id = s.session_id and p.participant_id = s.by_id)
        select n, stream, seq, at, null::bytea as digest from placed union all select n, stream, seq, at, digest from known order by n
        """;

    /// <summary>
    /// Appends messages of any number of rooms in one statement, and commits; their sessions are locked. What is in the log already under its sender's id stays as it is,
    /// so a repeat after a lost answer is harmless. No two drafts may have the same sender and id.
    /// </summary>
    /// <returns>Where each stands, in the order given.</returns>
    public static async Task<IReadOnlyList<PlacedPost>> AppendPostsAsync(UnitOfWork work, IReadOnlyList<PostDraft> posts)
    {
        var rows = await work.QueryAndCommitAsync(PostsSql, new
        {
            sessions = posts.Select(p => p.SessionId).ToArray(),
            streams = posts.Select(p => p.Stream).ToArray(),
            byIds = posts.Select(p => p.By.ParticipantId).ToArray(),
            byAliases = posts.Select(p => p.By.Alias).ToArray(),
            byRoles = posts.Select(p => p.By.Role).ToArray(),
            @sealed = posts.Select(p => p.Sealed).ToArray(),
            clientIds = posts.Select(p => p.ClientId).ToArray(),
            digests = posts.Select(p => p.Digest).ToArray(),
            settleAts = posts.Select(p => p.SettlesAt.UtcDateTime).ToArray(),
            spokeAts = posts.Select(p => p.SpokeAt?.UtcDateTime).ToArray(),
            Kinds.Posted,
            work.Now,
        }, answers => answers.ReadAsync<Row>());
        return [.. rows.Select(r => new PlacedPost(r.Stream, r.Seq, r.At, r.Digest))];
    }

    /// <summary>Messages that are in the log under these senders' ids.</summary>
    public static async Task<IReadOnlyDictionary<int, PlacedPost>> KnownPostsAsync(UnitOfWork work, IReadOnlyList<(Guid Session, Guid Sender, string ClientId)> ids)
    {
        var rows = await work.QueryAsync<Row>(
            """
            select g.n, p.stream, p.seq, e.at, p.digest from unnest(@sessions, @senders, @clientIds) with ordinality as g (session_id, sender, client_id, n)
            join posts p on p.session_id = g.session_id and p.participant_id = g.sender and p.client_id = g.client_id
            join room_events e on e.session_id = p.session_id and e.stream = p.stream and e.seq = p.seq
            """, new { sessions = ids.Select(i => i.Session).ToArray(), senders = ids.Select(i => i.Sender).ToArray(), clientIds = ids.Select(i => i.ClientId).ToArray() });
        return rows.ToDictionary(r => (int)r.N - 1, r => new PlacedPost(r.Stream, r.Seq, r.At, r.Digest));
    }

    private sealed record Row(long N, string Stream, long Seq, DateTimeOffset At, byte[]? Digest);
}
