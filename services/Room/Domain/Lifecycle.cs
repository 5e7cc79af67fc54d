using GroupTherapy.Contracts.Room.V1;

namespace GroupTherapy.Room.Domain;

/// <summary>The phases of a session: lobby, live, held, ended.</summary>
internal static class Lifecycle
{
    // Codes for other services; texts stay in the room.
    public const string ByStaff = "ended-by-facilitator";
    public const string TimeOver = "time-over";
    public const string NoStaff = "no-facilitator";
    public const string Cancelled = "cancelled";

    private const string HeldText =
        "Your facilitator lost the connection. The room is paused and will go on as soon as a facilitator is back. "
        + "You can still write to the facilitators or ask for help. If you need someone now, call or text 988.";

    private const string EndedByStaffText = "Your facilitator has ended this session. Thank you for being here. If you need someone now, call or text 988.";

    /// <summary>The lobby opens by itself at its time; the session itself is opened by staff.</summary>
    public static void OpenLobbyWhenDue(RoomDraft room)
    {
        var s = room.Session;
        if (!s.InPerson && PhaseRules.LobbyIsDue(s.Phase, s.Cancelled, s.StartsAt, room.Times.LobbyBefore, room.Now))
        {
            room.EnterPhase(Phases.Lobby);
        }
    }

    public static Refusal? Open(RoomDraft room, Participant me)
    {
        if (room.Session.Phase != Phases.Lobby)
        {
            return null;
        }

        room.EnterPhase(Phases.Live);
        room.Set(room.Session with { OpenedAt = room.Now });
        room.SeeStaff(room.Now);
        Attendance.AddAbsent(room);
        room.Append(Streams.Room, Kinds.Opened, me.Actor, new EventData.None());
        TellLobby(room);
        room.Audit("session.opened", me.AccountId);
        return null;
    }

    /// <summary>Holds a live room whose staff sent no heartbeat for the grace.</summary>
    public static void HoldWhenDue(RoomDraft room)
    {
        var (s, now) = (room.Session, room.Now);
        var seen = room.State.StaffSeenAt ?? s.OpenedAt ?? s.StartsAt;
        if (!PhaseRules.HoldIsDue(s.Phase, seen, room.Times.FacilitatorGrace, now))
        {
            return;
        }

        var until = Truncate(PhaseRules.HeldUntil(now, room.Times.HeldEnd, room.Times.FacilitatorGrace, s.LastHeldUntil, s.ResumedAt));
        room.EnterPhase(Phases.Held);
        room.Set(room.Session with { HeldUntil = until, HeldSince = now });
        room.Append(
            Streams.Room,
            Kinds.Held,
            null,
            new
            {
                until,
                text = HeldText,
                crisisLines = CrisisLines.All,
            }
        );
        TellLobby(room);

        // For the record, and for Scheduling, which looks for a substitute who is licensed for the members present.
        var places = Places(room.Participants.Where(p => p.IsIn));
        var incident = new IncidentRow(room.NewId(), seen, until, places.Sum(p => p.Members));
        room.Changes.Incidents.Add(incident);
        room.Publish(new FacilitatorLost(s.SessionId, s.GroupId, until, places, room.Session.PhaseVersion, now));
        room.Audit(
            "session.held",
            null,
            new
            {
                incident = incident.Id,
                staffSeenAt = seen,
                heldUntil = until,
            }
        );
    }

    /// <summary>
    /// Members wait past the start and no facilitator has come: the lobby says so, and Scheduling looks for a substitute as for a room that lost its own.
    /// </summary>
    public static void AnnounceMissingFacilitator(RoomDraft room)
    {
        if (IsUnled(room))
        {
            TellLobby(room);
            SeekLead(room);
        }
    }

    /// <summary>A facilitator has come after all: waiting participants are told.</summary>
    public static void AnnounceFacilitatorCame(RoomDraft room)
    {
        if (room.Session.Phase == Phases.Lobby && room.Now >= room.Session.StartsAt + PhaseRules.UnledAfter)
        {
            TellLobby(room);
        }
    }

    /// <summary>Whether the session should have been opened by now and no facilitator is here.</summary>
    public static bool IsUnled(RoomDraft room) =>
        room.Session.Phase == Phases.Lobby
        && room.Now >= room.Session.StartsAt + PhaseRules.UnledAfter
        && !room.Participants.Any(p => p is { IsStaff: true, Present: true });

    /// <summary>Tells Scheduling, while members wait without a facilitator.</summary>
    public static void SeekLead(RoomDraft room)
    {
        var (s, now) = (room.Session, room.Now);
        var places = Places(room.Participants.Where(p => p.Admission == Admissions.Waiting));
        if (places.Count == 0 || !IsUnled(room))
        {
            return;
        }

        room.Publish(new FacilitatorLost(s.SessionId, s.GroupId, s.End + room.Times.EndAfter, places, s.PhaseVersion, now));
        room.Audit("session.unled", null, new { members = places.Sum(p => p.Members) });
    }

    private static List<PresentByJurisdiction> Places(IEnumerable<Participant> people) =>
        [
            .. people
                .Where(p => p is { Role: RoomRoles.Member, Present: true })
                .GroupBy(p => p.Jurisdiction ?? JoinRules.Unknown)
                .OrderBy(p => p.Key, StringComparer.Ordinal)
                .Select(p => new PresentByJurisdiction(p.Key, p.Count())),
        ];

    /// <summary>A held room goes on: staff are in it again.</summary>
    public static void Resume(RoomDraft room, Participant by)
    {
        if (room.Session.Phase != Phases.Held)
        {
            return;
        }

        room.EnterPhase(Phases.Live);
        room.Set(room.Session with { LastHeldUntil = room.Session.HeldUntil, ResumedAt = room.Now, HeldUntil = null, HeldSince = null });
        room.Changes.IncidentOutcome = "resumed";
        room.Append(Streams.Room, Kinds.Resumed, by.Actor, new EventData.None());
        TellLobby(room);
        room.Publish(new FacilitatorBack(room.Session.SessionId, room.Session.GroupId, by.ParticipantId, room.Session.PhaseVersion, room.Now));
        room.Audit("session.resumed");
    }

    public static Refusal? EndByStaff(RoomDraft room, Participant me, string reason)
    {
        End(room, me.Actor, reason, ByStaff, EndedByStaffText);
        room.Note("session.ended-by-facilitator", me, null, reason);
        return null;
    }

    /// <summary>The end of a session: every participant gets the event, tickets die, attendance is counted and goes out.</summary>
    /// <param name="reason">The reason sent to the room.</param>
    /// <param name="code">The reason published to other services.</param>
    /// <param name="text">A sentence for members; the reason itself when left out.</param>
    public static void End(RoomDraft room, Actor? by, string reason, string code, string? text = null)
    {
        if (room.Session.Phase == Phases.Ended)
        {
            return;
        }

        room.Append(Streams.Room, Kinds.Ended, by, new { reason, text = text ?? reason });
        room.EnterPhase(Phases.Ended);
        room.Set(room.Session with { EndedAt = room.Now, EndReason = code, HeldUntil = null, HeldSince = null, SpeakerId = null });
        Attendance.AddAbsent(room);
        // What was corrected before the end is in the first count; a later correction goes out by itself.
        var attendance = Attendance.Count(room.State, room.Now).Select(item => item.Counted()).ToList();
        foreach (var present in room.Participants.Where(p => p.Present).ToList())
        {
            room.Set(present with { Present = false, LastPresentAt = room.Now, WaitingSince = null });
        }

        room.Changes.IncidentOutcome = "ended";
        room.RevokeAllTickets();
        var s = room.Session;
        room.Publish(new SessionEnded(s.SessionId, s.GroupId, s.OpenedAt ?? s.StartsAt, room.Now, code, attendance, s.PhaseVersion));
        room.Audit("session.ended", null, new { code });
    }

    /// <summary>Tells everybody who waits, after the phase changed. A member who was sent back gets no second message.</summary>
    private static void TellLobby(RoomDraft room)
    {
        foreach (var who in room.Participants.Where(p => p is { Admission: Admissions.Waiting, Present: true, AdmittedSeq: 0 }).ToList())
        {
            room.Append(Streams.Private(who.ParticipantId), Kinds.Waiting, who.Actor, EventData.Waiting.Of(room, who));
        }
    }

    // PostgreSQL keeps microseconds; an instant that is compared later must not carry more.
    private static DateTimeOffset Truncate(DateTimeOffset instant) => new(instant.UtcTicks - instant.UtcTicks % TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);
}
