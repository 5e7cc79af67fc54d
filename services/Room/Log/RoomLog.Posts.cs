using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Room.Access;
using GroupTherapy.Room.Live;

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
    /// <summary>The sender's row once it is appended.</summary>
    internal ParticipantRow After(ParticipantRow me) => me with { PostsSettleAt = SettlesAt, SpokeAt = SpokeAt ?? me.SpokeAt };

    internal StoredEvent Stored(PlacedPost place) => new(Stream, place.Seq, place.At, Kinds.Posted, By.ParticipantId, By.Alias, By.Role, null, Sealed);
}

/// <summary>What a draft counts for: the connection it came by, and what its sender's access was decided from.</summary>
internal sealed record PostGrounds(RoomConnection Connection, RememberedAccess Access);

/// <summary>Where a message stands.</summary>
/// <param name="Digest">Of what was there already under this id; null when it is new.</param>
/// <param name="Version">Of its sender's row since it was appended; null when nothing was.</param>
public sealed record PlacedPost(string Stream, long Seq, DateTimeOffset At, byte[]? Digest, string? Version = null)
{
    public bool IsNew => Digest is null;
}

public static partial class RoomLog
{
    private const string PostsSql =
        $"""
        with given as (
            select * from unnest(@sessions, @streams, @byIds, @byAliases, @byRoles, @sealed, @clientIds, @digests, @settleAts, @spokeAts::timestamptz[])
                with ordinality as g (session_id, stream, by_id, by_alias, by_role, sealed, client_id, digest, settles_at, spoke_at, n)),
        {PlaceGivenSql}
        """;

    // The lock is a statement of its own: the second sees everything that was committed before it was granted.
    private const string UnchangedPostsSql =
        $"""
        select 1 from sessions where session_id = any(@sessions) order by session_id for no key update;
        with given as (
            select a.session_id, stream, a.participant as by_id, by_alias, by_role, sealed, client_id, digest, settles_at, a.spoke_at, a.n
            from unnest(@sessions, @streams, @byIds, @byAliases, @byRoles, @sealed, @clientIds, @digests, @settleAts, @spokeAts::timestamptz[],
                    @connections, @signIns, @terms, @sessionVersions, @ownVersions, @otherVersions)
                with ordinality as a (session_id, stream, participant, by_alias, by_role, sealed, client_id, digest, settles_at, spoke_at,
                    connection, sign_in, term, session_version, own_version, other_versions, n)
            {AccessFacts.RowsSql}
            where {AccessFacts.UnchangedSql}),
        {PlaceGivenSql}
        """;

    // The row of whoever posted was written by this transaction, and so has its number for a version.
    private const string PlaceGivenSql =
        """
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
        select n, stream, seq, at, null::bytea as digest, pg_current_xact_id()::xid::text as version from placed
        union all select n, stream, seq, at, digest, null from known order by n
        """;

    /// <summary>
    /// Appends messages of any number of rooms in one statement, and commits; their sessions are locked. What is in the log already under its sender's id stays as it is,
    /// so a repeat after a lost answer is harmless. No two drafts may have the same sender and id.
    /// </summary>
    /// <returns>Where each stands, in the order given.</returns>
    public static async Task<IReadOnlyList<PlacedPost>> AppendPostsAsync(UnitOfWork work, IReadOnlyList<PostDraft> posts)
    {
        var rows = await work.QueryAndCommitAsync(PostsSql, new Drafts(work, posts), answers => answers.ReadAsync<Row>());
        return [.. rows.Select(r => r.Placed)];
    }

    /// <summary>
    /// As <see cref="AppendPostsAsync"/>, and locks their sessions before it: all on one way to the database and back. Only what stands on grounds that still hold is appended.
    /// </summary>
    /// <returns>Where each stands, in the order given; null for one whose grounds have changed, of which nothing was done.</returns>
    internal static async Task<IReadOnlyList<PlacedPost?>> AppendUnchangedPostsAsync(UnitOfWork work, IReadOnlyList<PostDraft> posts, IReadOnlyList<PostGrounds> grounds, Guid node)
    {
        var rows = await work.QueryAndCommitAsync(UnchangedPostsSql, new GroundedDrafts(work, posts, grounds, node), async answers =>
        {
            await answers.ReadAsync<int>();
            return await answers.ReadAsync<Row>();
        });
        var placed = new PlacedPost?[posts.Count];
        foreach (var row in rows)
        {
            placed[row.N - 1] = row.Placed;
        }

        return placed;
    }

    /// <summary>Messages that are in the log under these senders' ids.</summary>
    public static async Task<IReadOnlyDictionary<int, PlacedPost>> KnownPostsAsync(UnitOfWork work, IReadOnlyList<(Guid Session, Guid Sender, string ClientId)> ids)
    {
        var rows = await work.QueryAsync<Row>(
            """
            select g.n, p.stream, p.seq, e.at, p.digest, null as version from unnest(@sessions, @senders, @clientIds) with ordinality as g (session_id, sender, client_id, n)
            join posts p on p.session_id = g.session_id and p.participant_id = g.sender and p.client_id = g.client_id
            join room_events e on e.session_id = p.session_id and e.stream = p.stream and e.seq = p.seq
            """, new { sessions = ids.Select(i => i.Session).ToArray(), senders = ids.Select(i => i.Sender).ToArray(), clientIds = ids.Select(i => i.ClientId).ToArray() });
        return rows.ToDictionary(r => (int)r.N - 1, r => r.Placed);
    }

    private sealed record Row(long N, string Stream, long Seq, DateTimeOffset At, byte[]? Digest, string? Version)
    {
        public PlacedPost Placed => new(Stream, Seq, At, Digest, Version);
    }

    /// <summary>The parameters of <see cref="PostsSql"/>.</summary>
    private class Drafts(UnitOfWork work, IReadOnlyList<PostDraft> posts)
    {
        public Guid[] Sessions { get; } = Of(posts, p => p.SessionId);

        public string[] Streams { get; } = Of(posts, p => p.Stream);

        public Guid[] ByIds { get; } = Of(posts, p => p.By.ParticipantId);

        public string[] ByAliases { get; } = Of(posts, p => p.By.Alias);

        public string[] ByRoles { get; } = Of(posts, p => p.By.Role);

        public byte[][] Sealed { get; } = Of(posts, p => p.Sealed);

        public string[] ClientIds { get; } = Of(posts, p => p.ClientId);

        public byte[][] Digests { get; } = Of(posts, p => p.Digest);

        public DateTime[] SettleAts { get; } = Of(posts, p => p.SettlesAt.UtcDateTime);

        public DateTime?[] SpokeAts { get; } = Of(posts, p => p.SpokeAt?.UtcDateTime);

        public string Posted => Kinds.Posted;

        public DateTimeOffset Now => work.Now;

        protected static TValue[] Of<T, TValue>(IReadOnlyList<T> rows, Func<T, TValue> value) => [.. rows.Select(value)];
    }

    /// <summary>The parameters of <see cref="UnchangedPostsSql"/>.</summary>
    private sealed class GroundedDrafts(UnitOfWork work, IReadOnlyList<PostDraft> posts, IReadOnlyList<PostGrounds> grounds, Guid node) : Drafts(work, posts)
    {
        public string[] Connections { get; } = Of(grounds, g => g.Connection.ConnectionId);

        public Guid[] SignIns { get; } = Of(grounds, g => g.Connection.Caller.SignInId);

        public long[] Terms { get; } = Of(grounds, g => g.Access.Entry.Term);

        public string[] SessionVersions { get; } = Of(grounds, g => g.Access.Facts.SessionVersion);

        public string[] OwnVersions { get; } = Of(grounds, g => g.Access.Facts.OwnVersion);

        public string[] OtherVersions { get; } = Of(grounds, g => g.Access.Facts.OtherVersions);

        public Guid NodeId => node;
    }
}
