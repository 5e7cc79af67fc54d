using System.Text;
using Dapper;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Room.Storage;

/// <summary>Reads the log of all rooms. Readers see a whole beginning of a stream, never a hole.</summary>
public static class RoomLog
{
    private const string Columns = """
        stream, seq, at, kind, by_id, by_alias, by_role, data, sealed,
        exists (select 1 from hidden_messages h
            where h.session_id = room_events.session_id and h.stream = room_events.stream and h.seq = room_events.seq) as hidden,
        exists (select 1 from retracted_messages r
            where r.session_id = room_events.session_id and r.stream = room_events.stream and r.seq = room_events.seq) as retracted
        """;

    /// <summary>The largest total of the events of one answer, unless the first alone is larger; the rest follows.</summary>
    public const int MostBytes = 1024 * 1024;

    // Stream, number, time, kind and author around an event's data.
    private const int EnvelopeBytes = 256;

    private const string ReadSql =
        $"select {Columns} from room_events where session_id = @session and stream = @stream and seq > @after order by seq limit @limit";

    /// <summary>Events of one stream in order, after <paramref name="after"/>.</summary>
    public static Task<IReadOnlyList<StoredEvent>> ReadAsync(Db db, Guid session, string stream, long after, int limit, CancellationToken ct) =>
        db.QueryAsync<StoredEvent>(
            ReadSql,
            new
            {
                session,
                stream,
                after,
                limit,
            },
            ct
        );

    /// <inheritdoc cref="ReadAsync(Db, Guid, string, long, int, CancellationToken)"/>
    public static Task<IReadOnlyList<StoredEvent>> ReadAsync(UnitOfWork work, Guid session, string stream, long after, int limit) =>
        work.QueryAsync<StoredEvent>(
            ReadSql,
            new
            {
                session,
                stream,
                after,
                limit,
            }
        );

    /// <summary>Parts of several streams: of each the events after one number and up to another, in the order given; cut
    /// off at <see cref="MostBytes"/>.</summary>
    public static async Task<IReadOnlyList<StoredEvent>> ReadPartsAsync(
        Db db,
        Guid session,
        IReadOnlyList<(string Stream, long After, long Until)> parts,
        CancellationToken ct
    ) =>
        parts.Count == 0
            ? []
            : await db.QueryAsync<StoredEvent>(
                $"""
                select {Columns} from (
                    select room_events.*, n, row_number() over in_order as nth,
                        sum(coalesce(octet_length(data), 0) + coalesce(octet_length(sealed), 0) + {EnvelopeBytes}) over in_order as bytes
                    from unnest(@streams, @afters, @untils) with ordinality as part (of_stream, after, until, n)
                    join room_events on session_id = @session and stream = of_stream and seq > after and seq <= until
                    window in_order as (order by n, seq)) room_events
                where bytes <= @MostBytes or nth = 1 order by n, seq
                """,
                new
                {
                    session,
                    streams = parts.Select(p => p.Stream).ToArray(),
                    afters = parts.Select(p => p.After).ToArray(),
                    untils = parts.Select(p => p.Until).ToArray(),
                    MostBytes,
                },
                ct
            );

    public static int SizeOf(StoredEvent e) => Encoding.UTF8.GetByteCount(e.Data ?? "") + (e.Sealed?.Length ?? 0) + EnvelopeBytes;

    /// <summary>Where the streams of rooms end.</summary>
    public static Task<IReadOnlyList<StreamHead>> HeadsAsync(Db db, Guid[] sessions, CancellationToken ct) =>
        db.QueryAsync<StreamHead>("select session_id, stream, last_seq from room_streams where session_id = any(@sessions)", new { sessions }, ct);

    /// <summary>The wrapped key of a session, and whether the session is known at all.</summary>
    public static async Task<(bool IsKnown, byte[]? WrappedKey)> KeyAsync(Db db, Guid session, CancellationToken ct)
    {
        var wrapped = await db.QueryAsync<byte[]?>("select wrapped_key from sessions where session_id = @session", new { session }, ct);
        return (wrapped.Count > 0, wrapped.Count > 0 ? wrapped[0] : null);
    }

    /// <summary>Which session a ticket opens; null when there is no such ticket.</summary>
    public static Task<Guid?> SessionOfTicketAsync(Db db, byte[] hash, CancellationToken ct) =>
        db.FirstOrDefaultAsync<Guid?>("select session_id from tickets where hash = @hash", new { hash }, ct);
}
