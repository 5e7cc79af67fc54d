using GroupTherapy.Contracts.Room.V1;
using GroupTherapy.Platform.Time;
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

        var (work, now) = (turn.Work, turn.Work.Now);
        var last = await work.FirstOrDefaultAsync<Resumed>("select last_held_until, resumed_at from sessions where session_id = @SessionId", new { turn.SessionId });
        var until = PhaseRules.HeldUntil(now, times.HeldEnd, times.FacilitatorGrace, last?.LastHeldUntil, last?.ResumedAt).ToMicroseconds();
        await turn.EnterPhaseAsync(Phases.Held);
        await work.ExecuteAsync("update sessions set held_until = @until, held_since = @now where session_id = @SessionId", new { until, now, turn.SessionId });
        await turn.SetDeadlineAsync(Deadlines.HeldEnd, until);
        await turn.AppendAsync(Streams.Room, Kinds.Held, null, new { until, text = Text, crisisLines = CrisisLines.All });
        await Lobby.TellAsync(turn);
        await ReportAsync(turn, seen, until);
    }

    // For the record, and to whoever looks for a substitute who is licensed for those who are here.
    private static async Task ReportAsync(RoomTurn turn, DateTimeOffset seen, DateTimeOffset until)
    {
        var (work, incident) = (turn.Work, turn.Work.NewId());
        var places = await work.QueryAsync<PresentInPlace>(
            """
            select coalesce(place, 'UNKNOWN') as jurisdiction, count(*)::int as members from participants
            where session_id = @SessionId and role = 'member' and present and admission = 'in' group by 1 order by 1
            """, new { turn.SessionId });
        await work.ExecuteAsync(
            """
            insert into incidents (incident_id, session_id, kind, began_at, staff_seen_at, held_until, members_present)
            values (@incident, @SessionId, 'facilitator-lost', @Now, @seen, @until, @members)
            """, new { incident, turn.SessionId, work.Now, seen, until, members = places.Sum(p => p.Members) });
        await work.PublishAsync(new FacilitatorLost(turn.SessionId, turn.Session.GroupId, until, places, turn.Session.PhaseVersion, work.Now));
        await work.AuditAsync("session.held", null, turn.SessionId, new { incident, staffSeenAt = seen, heldUntil = until });
    }

    /// <summary>Goes on: staff are in the room again.</summary>
    public static async Task ResumeAsync(RoomTurn turn, ParticipantRow by)
    {
        if (turn.Session.Phase != Phases.Held)
        {
            return;
        }

        await turn.EnterPhaseAsync(Phases.Live);
        await turn.Work.ExecuteAsync(
            """
            update sessions set last_held_until = held_until, resumed_at = @Now, held_until = null, held_since = null where session_id = @SessionId;
            update incidents set closed_at = @Now, outcome = 'resumed' where session_id = @SessionId and closed_at is null;
            """, new { turn.Work.Now, turn.SessionId });
        await turn.DropDeadlineAsync(Deadlines.HeldEnd);
        await turn.AppendAsync(Streams.Room, Kinds.Resumed, by.Actor, new { });
        await Lobby.TellAsync(turn);
        await turn.Work.PublishAsync(new FacilitatorBack(turn.SessionId, turn.Session.GroupId, by.ParticipantId, turn.Session.PhaseVersion, turn.Work.Now));
        await turn.Work.AuditAsync("session.resumed", null, turn.SessionId);
    }

    /// <summary>Goes on when staff who were thought lost are alive after all: their node could not write for a while.</summary>
    public static async Task ResumeWhenStaffLiveAsync(RoomTurn turn, RoomTimes times)
    {
        var alive = await turn.Work.FirstOrDefaultAsync<Guid?>(
            """
            select c.participant_id from connections c
            join participants p using (session_id, participant_id)
            join session_staff s on s.session_id = p.session_id and s.account_id = p.account_id
            join staff_presence seen on seen.session_id = p.session_id
            where c.session_id = @SessionId and c.ending is null and p.admission = 'in' and p.role in ('lead', 'co_facilitator') and seen.seen_at > @recently
            order by p.role desc, c.entered_at limit 1
            """, new { turn.SessionId, recently = turn.Work.Now - times.FacilitatorGrace / 2 });
        if (alive is { } who && await turn.ParticipantAsync(who) is { } by)
        {
            await ResumeAsync(turn, by);
        }
    }

    private sealed record Resumed(DateTimeOffset? LastHeldUntil, DateTimeOffset? ResumedAt);
}
