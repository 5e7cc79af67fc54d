using GroupTherapy.Contracts.Room.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Room.Live;
using GroupTherapy.Room.Log;

namespace GroupTherapy.Room.Attendance;

/// <summary>Reads the facts that attendance is counted from.</summary>
internal static class AttendanceOf
{
    public static async Task<IReadOnlyList<AttendanceRecord>> CountAsync(UnitOfWork work, SessionRow session)
    {
        var members = await work.QueryAsync<Expected>(
            """
            select participant_id, account_id as member_id, refused_at is not null as refused_for_place
            from participants where session_id = @SessionId and role = 'member' order by participant_id
            """, new { session.SessionId });
        var log = (await RoomLog.ComingsAndGoingsAsync(work, session.SessionId))
            .Select(e => new Movement(ParticipantEvents.SubjectOf(e.Data!), e.Kind == Kinds.Joined, e.At)).ToList();
        var held = new Held(session.StartsAt, session.EndsAt, session.OpenedAt, session.EndedAt);
        return [.. members.Select(m => AttendanceRules.Of(m, log, held, work.Now))];
    }
}
