using GroupTherapy.Platform.Data;

namespace GroupTherapy.Room.Log;

/// <summary>Where a stream ends.</summary>
public sealed record StreamHead(Guid SessionId, string Stream, long LastSeq);

/// <summary>
/// The log of all rooms. The stream's row is locked from the append to the commit, so the order of sequence numbers is the order of commits,
/// and whoever reads sees a whole beginning of it, never a hole.
/// </summary>
public static partial class RoomLog
{
    private const string Columns =
        """
        stream, seq, at, kind, by_id, by_alias, by_role, data, sealed,
        exists (select 1 from hidden_messages h where h.session_id = room_events.session_id and h.stream = room_events.stream and h.seq = room_events.seq) as hidden
        """;

    private const string NextSeq =
        """
        next as (
            insert into room_streams as s (session_id, stream, last_seq, last_at) values (@session, @stream, 1, @Now)
            on conflict (session_id, stream) do update set last_seq = s.last_seq + 1, last_at = greatest(s.last_at, excluded.last_at)
            returning last_seq, last_at),
        written as (
            insert into room_events (session_id, stream, seq, at, kind, by_id, by_alias, by_role, data, sealed)
            select @session, @stream, last_seq, last_at, @kind, @byId, @byAlias, @byRole, @data, @sealed from next)
        """;

    /// <summary>Appends one event in the caller's transaction.</summary>
    public static async Task<StoredEvent> AppendAsync(UnitOfWork work, Guid session, string stream, string kind, Actor? by, string? data, byte[]? sealedData)
    {
        var place = await work.FirstOrDefaultAsync<Place>(
            $"with {NextSeq} select last_seq as seq, last_at as at from next", Arguments(work, session, stream, kind, by, data, sealedData));
        return new StoredEvent(stream, place!.Seq, place.At, kind, by?.ParticipantId, by?.Alias, by?.Role, data, sealedData);
    }

    /// <summary>Events of one stream in order, after <paramref name="after"/>.</summary>
    public static Task<IReadOnlyList<StoredEvent>> ReadAsync(Db db, Guid session, string stream, long after, int limit, CancellationToken ct) =>
        db.QueryAsync<StoredEvent>(
            $"select {Columns} from room_events where session_id = @session and stream = @stream and seq > @after order by seq limit @limit",
            new { session, stream, after, limit }, ct);

    /// <inheritdoc cref="ReadAsync(Db, Guid, string, long, int, CancellationToken)"/>
    public static Task<IReadOnlyList<StoredEvent>> ReadAsync(UnitOfWork work, Guid session, string stream, long after, int limit) =>
        work.QueryAsync<StoredEvent>(
            $"select {Columns} from room_events where session_id = @session and stream = @stream and seq > @after order by seq limit @limit",
            new { session, stream, after, limit });

    /// <summary>The events that attendance is counted from.</summary>
    public static Task<IReadOnlyList<StoredEvent>> ComingsAndGoingsAsync(UnitOfWork work, Guid session) =>
        work.QueryAsync<StoredEvent>(
            $"select {Columns} from room_events where session_id = @session and stream = @room and kind = any(@kinds) order by seq",
            new { session, room = Streams.Room, kinds = new[] { Kinds.Joined, Kinds.Left, Kinds.Removed } });

    /// <summary>Where every stream of <c>@sessions</c> ends.</summary>
    internal const string HeadsSql = "select session_id, stream, last_seq from room_streams where session_id = any(@sessions)";

    /// <summary>
    /// Parts of several streams: of each of <c>@of</c> and <c>@streams</c> the events after its number in <c>@afters</c> and up to its number in <c>@untils</c>; with the part's number, in order.
    /// </summary>
    internal const string PartsSql =
        $"""
         select n, {Columns} from unnest(@of, @streams, @afters, @untils) with ordinality as part (of_session, of_stream, after, until, n)
         join room_events on session_id = of_session and stream = of_stream and seq > after and seq <= until order by n, seq
         """;

    public static Task<IReadOnlyList<StreamHead>> HeadsAsync(Db db, Guid[] sessions, CancellationToken ct) =>
        db.QueryAsync<StreamHead>(HeadsSql, new { sessions }, ct);

    private static object Arguments(UnitOfWork work, Guid session, string stream, string kind, Actor? by, string? data, byte[]? sealedData) => new
    {
        session,
        stream,
        work.Now,
        kind,
        byId = by?.ParticipantId,
        byAlias = by?.Alias,
        byRole = by?.Role,
        data,
        @sealed = sealedData,
    };

    private sealed record Place(long Seq, DateTimeOffset At);
}
