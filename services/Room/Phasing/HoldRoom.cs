using GroupTherapy.Room.Log;

namespace GroupTherapy.Room.Phasing;

/// <summary>A room that lost its staff is held: calm words, a line to help, no chat among members left alone. Staff who come back resume it; else it ends safely.</summary>
internal static class HoldRoom
{
    private const string Text =
        "Your facilitator lost the connection. The room is paused and will go on as soon as a facilitator is back. "
        + "You can still write to the facilitators or ask for help. If you need someone now, call or text 988.";

    /// <summary>Holds a live room whose staff gave no sign of life for the grace.</summary>
    public static async Task HoldWhenDueAsync(RoomTurn turn, RoomTimes times)
    {
        var seen = await turn.Work.FirstOrDefaultAsync<DateTimeOffset?>("select seen_at from staff_presence where session_id = @SessionId", new { turn.SessionId })
            ?? turn.Session.OpenedAt ?? turn.Session.StartsAt;
        if (!PhaseRules.HoldIsDue(turn.Session.Phase, seen, times.FacilitatorGrace, turn.Work.Now))
        {
            return;
        }

        var until = turn.Work.Now + times.HeldEnd;
        await turn.EnterPhaseAsync(Phases.Held);
        await turn.Work.ExecuteAsync("update sessions set held_until = @until where session_id = @SessionId", new { until, turn.SessionId });
        await turn.SetDeadlineAsync(Deadlines.HeldEnd, until);
        await turn.AppendAsync(Streams.Room, Kinds.Held, null, new { until, text = Text, crisisLines = CrisisLines.All });
        await turn.Work.AuditAsync("session.held", null, turn.SessionId, new { staffSeenAt = seen });
    }

    /// <summary>Goes on: staff are in the room again.</summary>
    public static async Task ResumeAsync(RoomTurn turn, Actor? by)
    {
        if (turn.Session.Phase != Phases.Held)
        {
            return;
        }

        await turn.EnterPhaseAsync(Phases.Live);
        await turn.Work.ExecuteAsync("update sessions set held_until = null where session_id = @SessionId", new { turn.SessionId });
        await turn.DropDeadlineAsync(Deadlines.HeldEnd);
        await turn.AppendAsync(Streams.Room, Kinds.Resumed, by, new { });
        await turn.Work.AuditAsync("session.resumed", null, turn.SessionId);
    }

    /// <summary>Goes on when staff who were thought lost are alive after all: their node could not write for a while.</summary>
    public static async Task ResumeWhenStaffLiveAsync(RoomTurn turn, RoomTimes times)
    {
        var alive = await turn.Work.FirstOrDefaultAsync<bool>(
            """
            select exists (
                select 1 from connections c
                join participants p using (session_id, participant_id)
                join session_staff s on s.session_id = p.session_id and s.account_id = p.account_id
                join staff_presence seen on seen.session_id = p.session_id
                where c.session_id = @SessionId and c.ending is null and p.admission = 'in' and seen.seen_at > @recently)
            """, new { turn.SessionId, recently = turn.Work.Now - times.FacilitatorGrace / 2 });
        if (alive)
        {
            await ResumeAsync(turn, null);
        }
    }
}
