using GroupTherapy.Platform.Data;

namespace GroupTherapy.Room.Log;

/// <summary>An event that is to be appended: with data in the open, or sealed with its session's key.</summary>
internal sealed record EventDraft(Guid SessionId, string Stream, string Kind, Actor? By, string? Data, byte[]? Sealed)
{
    public static EventDraft Of(RoomTurn turn, string stream, string kind, Actor? by, string json) => Kinds.IsSealed(kind)
        ? new EventDraft(turn.SessionId, stream, kind, by, null, turn.Key.Seal(stream, json))
        : new EventDraft(turn.SessionId, stream, kind, by, json, null);

    public StoredEvent Stored(long seq, DateTimeOffset at) => new(Stream, seq, at, Kind, By?.ParticipantId, By?.Alias, By?.Role, Data, Sealed);
}

public static partial class RoomLog
{
    /// <summary>Appends events of any number of rooms in one statement of the caller's transaction; of one stream in the order given.</summary>
    internal static async Task<IReadOnlyList<StoredEvent>> AppendAsync(UnitOfWork work, IReadOnlyList<EventDraft> events)
    {
        var places = await work.QueryAsync<PlaceOfMany>(
            """
            with given as (
                select * from unnest(@sessions, @streams, @kinds, @byIds::uuid[], @byAliases, @byRoles, @datas, @sealeds)
                    with ordinality as g (session_id, stream, kind, by_id, by_alias, by_role, data, sealed, n)),
            counted as (
                select *, count(*) over (partition by session_id, stream) as beside, row_number() over (partition by session_id, stream order by n) as place from given),
            heads as (
                insert into room_streams as s (session_id, stream, last_seq, last_at)
                select session_id, stream, count(*), @Now from given group by session_id, stream order by session_id, stream
                on conflict (session_id, stream) do update set last_seq = s.last_seq + excluded.last_seq, last_at = greatest(s.last_at, excluded.last_at)
                returning session_id, stream, last_seq, last_at),
            placed as (
                select c.*, h.last_seq - c.beside + c.place as seq, h.last_at as at from counted c join heads h using (session_id, stream)),
            written as (
                insert into room_events (session_id, stream, seq, at, kind, by_id, by_alias, by_role, data, sealed)
                select session_id, stream, seq, at, kind, by_id, by_alias, by_role, data, sealed from placed)
            select seq, at from placed order by n
            """,
            new
            {
                sessions = events.Select(e => e.SessionId).ToArray(),
                streams = events.Select(e => e.Stream).ToArray(),
                kinds = events.Select(e => e.Kind).ToArray(),
                byIds = events.Select(e => e.By?.ParticipantId).ToArray(),
                byAliases = events.Select(e => e.By?.Alias).ToArray(),
                byRoles = events.Select(e => e.By?.Role).ToArray(),
                datas = events.Select(e => e.Data).ToArray(),
                sealeds = events.Select(e => e.Sealed).ToArray(),
                work.Now,
            });
        return [.. events.Zip(places, (e, place) => e.Stored(place.Seq, place.At))];
    }

    private sealed record PlaceOfMany(long Seq, DateTimeOffset At);
}
