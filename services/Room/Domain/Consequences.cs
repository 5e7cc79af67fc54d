namespace GroupTherapy.Room.Domain;

/// <summary>The consequences of any command: the same step after each, so that no command can forget it.</summary>
internal static class Consequences
{
    /// <param name="before">The room before the command.</param>
    /// <param name="isNew">The session was not known before.</param>
    public static void Apply(RoomDraft room, RoomState before, bool isNew = false)
    {
        LowerHands(room);
        if (room.Session.Phase != Phases.Ended)
        {
            TakeSpeakingTurnBack(room);
            RecomputeObservers(room);
            ResumeWhenStaffLive(room);
            AnnounceLead(room);
        }

        FollowDeadlines(room, before, isNew);
        room.Changes.Media |= !isNew && MediaRules.Differ(before, room.State, room.Changes.Participants, room.Now);
    }

    /// <summary>
    /// A co-facilitator who is not authorised for the location of a member who is here observes until that member has gone. The lead is not in question:
    /// the permit of a member whom the lead may not serve denies.
    /// </summary>
    public static void RecomputeObservers(RoomDraft room)
    {
        HashSet<Guid>? unauthorised = null;
        foreach (var member in room.Participants.Where(p => p is { Role: RoomRoles.Member, Present: true, IsIn: true, Observers.Length: > 0 }))
        {
            (unauthorised ??= []).UnionWith(member.Observers!);
        }

        foreach (var who in room.Participants.Where(p => p.Role is RoomRoles.CoFacilitator or RoomRoles.Observer).ToList())
        {
            var role = unauthorised?.Contains(who.AccountId) == true ? RoomRoles.Observer : RoomRoles.CoFacilitator;
            if (role == who.Role)
            {
                continue;
            }

            room.Set(who with { Role = role });
            if (who.Present)
            {
                room.Append(Streams.Room, Kinds.RoleChanged, null, new EventData.NewRole(who.ParticipantId, role));
            }

            room.Audit("role.changed", who.AccountId, new { role });
        }
    }

    // A participant who is gone has no hand up, and the log says so: a client that follows the log and one that gets a snapshot see the same hands.
    private static void LowerHands(RoomDraft room)
    {
        foreach (var gone in room.Participants.Where(p => p.Hand && !(p.Present && p.IsIn)).OrderBy(p => p.HandSeq).ToList())
        {
            room.Set(gone with { HandSeq = null });
            if (room.Session.Phase != Phases.Ended)
            {
                room.Append(Streams.Room, Kinds.HandLowered, null, new EventData.Subject(gone.ParticipantId));
            }
        }
    }

    // The first lead of a session is no change; the one who follows is announced once they are in the room.
    private static void AnnounceLead(RoomDraft room)
    {
        if (
            room.Participants.FirstOrDefault(p => p is { Role: RoomRoles.Lead, Present: true, IsIn: true } && room.State.Staff.ContainsKey(p.AccountId))
                is not { } lead
            || lead.ParticipantId == room.Session.LeadId
        )
        {
            return;
        }

        var isFirst = room.Session.LeadId is null;
        room.Set(room.Session with { LeadId = lead.ParticipantId });
        if (!isFirst)
        {
            room.Append(Streams.Room, Kinds.LeadChanged, lead.Actor, new EventData.Named(lead.ParticipantId, lead.Alias ?? ""));
        }
    }

    private static void TakeSpeakingTurnBack(RoomDraft room)
    {
        if (room.Session.SpeakerId is { } speaker && room.Find(speaker) is not { Present: true, IsIn: true })
        {
            Moderation.PassSpeakingTurn(room, null, null);
        }
    }

    // Staff who were thought lost may be alive after all: their node could not write for a while.
    private static void ResumeWhenStaffLive(RoomDraft room)
    {
        if (room.Session.Phase != Phases.Held || !room.State.IsFresh || !(room.State.StaffSeenAt > room.Now - room.Times.FacilitatorGrace / 2))
        {
            return;
        }

        var alive = room
            .State.Connections.Values.Where(c => c.Ending is null)
            .Select(c => (Connection: c, Who: room.Find(c.ParticipantId)))
            .Where(c => c.Who is { IsStaff: true, IsIn: true } && room.State.Staff.ContainsKey(c.Who.AccountId))
            .OrderByDescending(c => c.Who!.Role, StringComparer.Ordinal)
            .ThenBy(c => c.Connection.EnteredAt)
            .FirstOrDefault();
        if (alive.Who is { } by)
        {
            Lifecycle.Resume(room, by);
        }
    }

    private static void FollowDeadlines(RoomDraft room, RoomState before, bool isNew)
    {
        var after = room.State;
        if (
            !isNew
            && ReferenceEquals(after.Session, before.Session)
            && ReferenceEquals(after.Connections, before.Connections)
            && !room.Changes.Participants.Any(p => MovesDeadlines(before.Find(p), after.Find(p)!))
        )
        {
            return;
        }

        var (was, now) = (isNew ? [] : DueActs.Of(before, room.Now), DueActs.Of(after, room.Now));
        foreach (var (deadline, dueAt) in now)
        {
            if (!was.TryGetValue(deadline, out var known) || known != dueAt)
            {
                room.Changes.Deadlines[deadline] = dueAt;
            }
        }

        foreach (var dropped in was.Keys.Where(k => !now.ContainsKey(k)))
        {
            room.Changes.Deadlines[dropped] = null;
        }
    }

    private static bool MovesDeadlines(Participant? was, Participant now) =>
        was is null
        || (was.Present, was.LastPresentAt, was.PermitUntil, was.PermitLost, was.WarnedUntil, was.WarnedMinutes)
            != (now.Present, now.LastPresentAt, now.PermitUntil, now.PermitLost, now.WarnedUntil, now.WarnedMinutes);
}
