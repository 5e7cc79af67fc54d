using System.Collections.Immutable;
using System.Text.Json;
using Dapper;
using GroupTherapy.Platform.Data;
using GroupTherapy.Room.Domain;

namespace GroupTherapy.Room.Storage;

/// <summary>Reads what attendance is counted from.</summary>
internal static class AttendanceRows
{
    /// <summary>Of <c>@attendanceSessions</c>: movements of the room and of the waiting room, corrections, absences.</summary>
    public const string Sql =
        """
        select session_id, kind, data, at from room_events
        where session_id = any(@attendanceSessions) and stream = 'room' and kind in ('participant.joined', 'participant.left', 'participant.removed')
        order by session_id, seq;
        select session_id, stream, kind, at from room_events
        where session_id = any(@attendanceSessions) and stream like 'private:%'
            and kind in ('participant.waiting', 'participant.admitted', 'participant.left')
        order by session_id, stream, seq;
        select session_id, member_id, status, by_account, at from attendance_corrections
        where session_id = any(@attendanceSessions) order by session_id, member_id, version;
        select session_id, member_id from absences where session_id = any(@attendanceSessions) and absent;
        """;

    public static async Task<Func<Guid, AttendanceFacts>> ReadAsync(SqlMapper.GridReader read)
    {
        var movements = (await read.ReadAsync<MovementRow>()).ToLookup(m => m.SessionId, m => new Movement(SubjectOf(m.Data), m.Kind == Kinds.Joined, m.At));
        var waits = (await read.ReadAsync<WaitRow>()).ToLookup(w => w.SessionId);
        var corrections = (await read.ReadAsync<CorrectionOf>()).ToLookup(c => c.SessionId);
        var absences = (await read.ReadAsync<AbsenceRow>()).ToLookup(a => a.SessionId, a => a.MemberId);
        return session => new AttendanceFacts(
            [.. movements[session]],
            [.. waits[session].Select(w => new Movement(Streams.OwnerOf(w.Stream)!.Value, w.Kind == Kinds.Waiting, w.At))],
            corrections[session].GroupBy(c => c.MemberId).ToImmutableDictionary(c => c.Key, c =>
                c.Select(r => new Correction(r.Status, r.ByAccount, r.At)).ToImmutableList()))
        { Absent = [.. absences[session]] };
    }

    /// <summary>Attendance of a session as it counts now.</summary>
    public static async Task<IReadOnlyList<AttendanceItem>> CountAsync(UnitOfWork work, SessionState session)
    {
        await using var read = await work.QueryTogetherAsync(
            $"select {ParticipantRows.Columns.Names} from participants where session_id = any(@attendanceSessions) order by participant_id; {Sql}",
            new { attendanceSessions = new[] { session.SessionId } });
        var participants = (await read.ReadAsync<Participant>()).ToImmutableSortedDictionary(p => p.ParticipantId, p => p);
        var facts = (await ReadAsync(read))(session.SessionId);
        return Attendance.Count(new RoomState(session, RoomTimes.Default) { Participants = participants, Facts = new RoomFacts { Attendance = facts } },
            work.Now);
    }

    private static Guid SubjectOf(string data)
    {
        using var json = JsonDocument.Parse(data);
        return json.RootElement.GetProperty("participantId").GetGuid();
    }

    private sealed record MovementRow(Guid SessionId, string Kind, string Data, DateTimeOffset At);

    private sealed record WaitRow(Guid SessionId, string Stream, string Kind, DateTimeOffset At);

    private sealed record AbsenceRow(Guid SessionId, Guid MemberId);

    private sealed record CorrectionOf(Guid SessionId, Guid MemberId, string? Status, Guid ByAccount, DateTimeOffset At);
}
