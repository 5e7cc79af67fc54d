using GroupTherapy.Contracts.Room.V1;
using GroupTherapy.Room.Access;
using GroupTherapy.Room.Attendance;
using GroupTherapy.Room.Chat;
using GroupTherapy.Room.Live;
using GroupTherapy.Room.Log;

namespace GroupTherapy.Room.Phasing;

/// <summary>The end of a session, whoever or whatever ends it: everybody is told, tickets die, attendance is counted and goes out.</summary>
public sealed class EndSession(RoomWork acts)
{
    // Codes for the other services; what people wrote stays in the room.
    internal const string ByStaff = "ended-by-facilitator";
    internal const string TimeOver = "time-over";
    internal const string NoStaff = "no-facilitator";
    internal const string Cancelled = "cancelled";

    public async Task<Answer<Done>> RunAsync(RoomConnection connection, string? reason, CancellationToken ct)
    {
        if (MessageRules.RefuseReason(reason) is { } refusal)
        {
            return refusal;
        }

        return await acts.RunAsync(connection, RoomAct.End, async access =>
        {
            await ApplyAsync(access.Turn, access.Me.Actor, reason!, ByStaff);
            await RoomWork.NoteAsync(access, "session.ended-by-facilitator", null, reason!);
            return null;
        }, ct);
    }

    /// <param name="reason">What the room is told.</param>
    /// <param name="code">What the other services are told.</param>
    internal static async Task ApplyAsync(RoomTurn turn, Actor? by, string reason, string code)
    {
        var (session, work) = (turn.Session, turn.Work);
        if (session.Phase == Phases.Ended)
        {
            return;
        }

        await turn.AppendAsync(Streams.Room, Kinds.Ended, by, new { reason });
        await turn.EnterPhaseAsync(Phases.Ended);
        await MintAbsentAsync(turn);
        // What was corrected before the end is in the first count already; what comes after it goes out by itself.
        var attendance = (await Corrections.CountAsync(turn.Work, turn.Session with { EndedAt = work.Now })).Select(r => r.Counted()).ToList();
        await work.ExecuteAsync(
            """
            update sessions set ended_at = @Now, end_reason = @code, held_until = null, held_since = null, turn_of = null where session_id = @SessionId;
            update participants set present = false, hand = false, last_present_at = @Now where session_id = @SessionId and present;
            update incidents set closed_at = @Now, outcome = 'ended' where session_id = @SessionId and closed_at is null;
            delete from tickets where session_id = @SessionId;
            delete from deadlines where session_id = @SessionId;
            """, new { work.Now, code, turn.SessionId });
        await turn.SetDeadlineAsync(Deadlines.Forget, work.Now.AddDays(session.RetentionDays));
        await work.PublishAsync(new SessionEnded(
            turn.SessionId, session.GroupId, session.OpenedAt ?? session.StartsAt, work.Now, code, attendance, turn.Session.PhaseVersion));
        await work.AuditAsync("session.ended", null, turn.SessionId, new { code });
    }

    // Whoever was expected and never asked to join has a row too, so that attendance names everybody.
    internal static async Task MintAbsentAsync(RoomTurn turn)
    {
        var absent = await turn.Work.QueryAsync<Guid>(
            """
            select distinct m.member_id from (
                select p.member_id from permits p where p.session_id = @SessionId and not p.withdrawn
                    and not exists (select 1 from enrollments e where e.enrollment_id = p.enrollment_id and not e.active)
                union select e.member_id from enrollments e where e.group_id = @GroupId and e.active) m
            where not exists (select 1 from participants q where q.session_id = @SessionId and q.account_id = m.member_id)
            """, new { turn.SessionId, turn.Session.GroupId });
        foreach (var member in absent)
        {
            await turn.Work.ExecuteAsync(
                "insert into participants (session_id, participant_id, account_id, role) values (@SessionId, @id, @member, 'member')",
                new { turn.SessionId, id = turn.Work.NewId(), member });
        }
    }
}
