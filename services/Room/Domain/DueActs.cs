namespace GroupTherapy.Room.Domain;

/// <summary>The acts that a deadline brings, and the deadlines that a room has. A deadline that came too early or twice changes nothing.</summary>
internal static class DueActs
{
    public static void Reached(RoomDraft room, DeadlineReached deadline)
    {
        var (s, now) = (room.Session, room.Now);
        switch (deadline.Kind)
        {
            case Deadlines.Lobby:
                Lifecycle.OpenLobbyWhenDue(room);
                break;
            // Members who came after this instant were told when they came, however late the deadline is.
            case Deadlines.Unled when room.Participants.Any(p => p.IsWaiting && p.WaitingSince <= s.StartsAt + PhaseRules.UnledAfter):
                Lifecycle.AnnounceMissingFacilitator(room);
                break;
            case Deadlines.Ending:
                Extending.AnnounceEnd(room);
                break;
            case Deadlines.Begin when s is { InPerson: true, Cancelled: false, Phase: Phases.Scheduled, OpenedAt: null } && now >= s.StartsAt:
                room.Set(s with { OpenedAt = s.StartsAt });
                Attendance.AddAbsent(room);
                break;
            case Deadlines.End when now >= EndAt(s, room.Times):
                Lifecycle.End(room, null, "The time of this session is over.", Lifecycle.TimeOver);
                break;
            case Deadlines.HeldEnd when s.Phase == Phases.Held && now >= s.HeldUntil:
                Lifecycle.End(room, null, "No facilitator could come back. This session has ended; the next one takes place as planned.", Lifecycle.NoStaff);
                break;
            case Deadlines.Leave:
                Presence.LeaveWhenDue(room, deadline.Subject);
                break;
            case Deadlines.PermitEnd:
                Eligibility.Expire(room, deadline.Subject);
                break;
            case var warning when EligibilityRules.AnnouncedBefore.FirstOrDefault(m => Deadlines.PermitWarning(m) == warning) is var minutes and > 0:
                Eligibility.Warn(room, deadline.Subject, minutes);
                break;
            case Deadlines.Forget when s.WrappedKey is not null && s.EndedAt is { } ended && now >= ended.AddDays(s.RetentionDays):
                Forget(room);
                room.Audit("session.key-destroyed");
                break;
        }
    }

    // Retention is over: the key goes, and with it all texts; and members' aliases and locations.
    private static void Forget(RoomDraft room)
    {
        room.Set(room.Session with { WrappedKey = null });
        room.Changes.Forgets = true;
        foreach (var p in room.Participants.ToList())
        {
            room.Set(p with { Jurisdiction = null, AttestedAt = null, Alone = null, Alias = p.IsFacilitator ? p.Alias : null });
        }
    }

    // In person there is no room to close late: it ends with its plan.
    private static DateTimeOffset EndAt(SessionState s, RoomTimes times) => s.InPerson ? s.EndsAt : s.End + times.EndAfter;

    /// <summary>Every deadline that follows from a state.</summary>
    public static Dictionary<(string Kind, Guid Subject), DateTimeOffset> Of(RoomState room, DateTimeOffset now)
    {
        var (s, times, due) = (room.Session, room.Times, new Dictionary<(string, Guid), DateTimeOffset>());
        if (s.Phase == Phases.Ended)
        {
            if (s is { EndedAt: { } ended, WrappedKey: not null })
            {
                due[(Deadlines.Forget, Guid.Empty)] = ended.AddDays(s.RetentionDays);
            }

            return due;
        }

        if (!s.Cancelled)
        {
            due[(Deadlines.End, Guid.Empty)] = EndAt(s, times);
            if (s is { InPerson: true, OpenedAt: null })
            {
                due[(Deadlines.Begin, Guid.Empty)] = s.StartsAt;
            }
            else if (s is { Phase: Phases.Scheduled, InPerson: false })
            {
                due[(Deadlines.Lobby, Guid.Empty)] = PhaseRules.LobbyAt(s.StartsAt, times.LobbyBefore);
            }
        }

        if (s.Phase == Phases.Lobby && now < s.StartsAt + PhaseRules.UnledAfter)
        {
            due[(Deadlines.Unled, Guid.Empty)] = s.StartsAt + PhaseRules.UnledAfter;
        }

        if (s.Phase is Phases.Live or Phases.Held && s.EndingToldFor != s.End)
        {
            due[(Deadlines.Ending, Guid.Empty)] = s.End - Extending.AnnouncedBefore;
        }

        if (s is { Phase: Phases.Held, HeldUntil: { } heldUntil })
        {
            due[(Deadlines.HeldEnd, Guid.Empty)] = heldUntil;
        }

        foreach (var who in room.Participants.Values.Where(p => p.Present))
        {
            if (!room.IsConnected(who.ParticipantId))
            {
                due[(Deadlines.Leave, who.ParticipantId)] = (who.LastPresentAt ?? now) + times.LeaveAfter;
            }

            if (who is { IsFacilitator: false, PermitLost: false, PermitUntil: { } until } && until <= s.End + times.EndAfter)
            {
                due[(Deadlines.PermitEnd, who.ParticipantId)] = until;
                foreach (var (minutes, at) in EligibilityRules.Due(until, s.End + times.EndAfter, who.WarnedUntil, who.WarnedMinutes, now))
                {
                    due[(Deadlines.PermitWarning(minutes), who.ParticipantId)] = at;
                }
            }
        }

        return due;
    }
}
