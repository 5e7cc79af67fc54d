using System.Text.Json;
using System.Text.Json.Serialization;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Room.Live;
using GroupTherapy.Room.Log;

namespace GroupTherapy.Room.Access;

/// <summary>Runs one act of one connection in one unit of work, through the one door.</summary>
public sealed class RoomWork(Db db, LiveRooms rooms)
{
    // A hostile client is put on record, not given the record to fill.
    private const int RefusalsPerConnection = 20;

    /// <summary>Commits what <paramref name="body"/> did unless it refuses.</summary>
    public async Task<Answer<T>> RunAsync<T>(RoomConnection connection, RoomAct act, Func<RoomAccess, Task<Answer<T>>> body, CancellationToken ct)
    {
        Answer<T> answer;
        await using (var work = await db.BeginAsync(connection.Caller, ct))
        {
            var access = await RoomAccess.ForAsync(work, connection, act, rooms);
            answer = access.Refusal is { } refused ? refused : await body(access.Value!);
            if (answer.Refusal is null)
            {
                await work.CommitAsync(ct);
                return answer;
            }
        }

        await RecordAsync(connection, act, answer.Refusal, ct);
        return answer;
    }

    /// <summary>Puts on record that somebody tried what is not theirs to do.</summary>
    public async Task RecordAsync(RoomConnection connection, RoomAct act, Refusal refusal, CancellationToken ct)
    {
        if (refusal == Refusal.NotAllowed && connection is { Entry: { } entry } && connection.RefusalsOnRecord++ < RefusalsPerConnection)
        {
            await using var record = await db.BeginAsync(connection.Caller, ct);
            await record.AuditAsync("room.refused", connection.Caller.AccountId, entry.SessionId, new { act = act.ToString() });
            await record.CommitAsync(ct);
        }
    }

    /// <summary>For acts that answer nothing.</summary>
    public Task<Answer<Done>> RunAsync(RoomConnection connection, RoomAct act, Func<RoomAccess, Task<Refusal?>> body, CancellationToken ct) =>
        RunAsync<Done>(connection, act, async access => await body(access) is { } refusal ? refusal : new Done(), ct);

    /// <summary>Keeps a facilitator's reason, sealed, and puts the act on record without it.</summary>
    public static async Task NoteAsync(RoomAccess access, string act, ParticipantRow? subject, string reason)
    {
        var turn = access.Turn;
        await turn.Work.ExecuteAsync(
            """
            insert into moderation_notes (note_id, session_id, at, by_id, act, participant_id, sealed)
            values (@id, @SessionId, @Now, @by, @act, @participant, @reason)
            """,
            new { id = turn.Work.NewId(), turn.SessionId, turn.Work.Now, by = access.Me.ParticipantId, act, participant = subject?.ParticipantId, reason = turn.Key.Seal("notes", reason) });
        await turn.Work.AuditAsync(act, subject?.AccountId, turn.SessionId);
    }
}

/// <summary>The answer of an act that answers nothing: null on the wire.</summary>
[JsonConverter(typeof(AsNull))]
public sealed record Done : ToldWhenWritten
{
    private sealed class AsNull : JsonConverter<Done>
    {
        public override Done Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, Done value, JsonSerializerOptions options) => writer.WriteNullValue();
    }
}
