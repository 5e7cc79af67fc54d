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
            select p.participant_id, p.account_id as member_id, p.refused_at is not null as refused_for_place,
                   (select min(e.at) from room_events e where e.session_id = p.session_id and e.stream = 'private:' || p.participant_id and e.kind = @Waiting) as waited_at
            from participants p where p.session_id = @SessionId and p.role = 'member' order by p.participant_id
            """, new { session.SessionId, Kinds.Waiting });
        var log = (await RoomLog.ComingsAndGoingsAsync(work, session.SessionId))
            .Select(e => new Movement(ParticipantEvents.SubjectOf(e.Data!), e.Kind == Kinds.Joined, e.At)).ToList();
        var held = new Held(session.StartsAt, session.EndsAt, session.OpenedAt, session.EndedAt);
        return [.. members.Select(m => AttendanceRules.Of(m, log, held, work.Now))];
    }
}
