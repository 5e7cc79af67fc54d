namespace GroupTherapy.Room.Domain;

/// <summary>Enters a room: spends a ticket and adds the connection.</summary>
internal static class Entering
{
    /// <summary>Connections of one person in one room; one more closes the oldest.</summary>
    public const int ConnectionsPerPerson = 4;

    public static Refusal? Refuse(RoomDraft room, Enter enter)
    {
        if (Holder(room, enter) is not { } me)
        {
            return Refusal.TicketInvalid;
        }

        if (me.Admission == Admissions.Removed)
        {
            return Refusal.Removed;
        }

        var signInCounts = room.Now < enter.SignInEndsAt && !room.Facts.RevokedSignIns.Contains(enter.SignInId);
        var counts = signInCounts && Access.MayBeHere(room.State, me, room.Now);
        return !PhaseRules.HasBegun(room.Session.Phase) || !counts ? Refusal.TicketInvalid
            : room.Session.Locked && me is { IsFacilitator: false, IsIn: false } ? Refusal.RoomLocked
            : null;
    }

    /// <summary>Staff are in at once; a person who was admitted once comes back in; all others wait, and the log says so.</summary>
    public static Func<object> Enter(RoomDraft room, Enter enter)
    {
        var before = Holder(room, enter)!;
        Connect(room, enter, before.ParticipantId);
        var isIn = before.IsFacilitator || before.IsIn;
        room.Set(
            before with
            {
                Admission = isIn ? Admissions.In : Admissions.Waiting,
                Present = true,
                WaitingSince = isIn ? null : before.WaitingSince ?? room.Now,
            }
        );
        // Before the room learns of the participant: their role in this session.
        Consequences.RecomputeObservers(room);
        var me = room.Find(before.ParticipantId)!;
        if (!before.Present && me.IsIn)
        {
            Presence.LogJoined(room, me);
        }
        else if (!before.Present)
        {
            room.Append(Streams.Private(me.ParticipantId), Kinds.Waiting, me.Actor, EventData.Waiting.Of(room, me));
            if (room.Participants.Count(p => p.IsWaiting) == 1)
            {
                Lifecycle.SeekLead(room);
            }
        }

        if (me.IsStaff)
        {
            room.SeeStaff(room.Now);
            Lifecycle.Resume(room, me);
            if (!before.Present)
            {
                Lifecycle.AnnounceFacilitatorCame(room);
            }
        }

        return () => AnswerTo(room, room.Find(me.ParticipantId)!, enter.Cursors);
    }

    private static Participant? Holder(RoomDraft room, Enter enter) =>
        room.Facts.Tickets.GetValueOrDefault(Convert.ToHexString(enter.TicketHash)) is { } ticket
        && ticket.AccountId == enter.AccountId
        && ticket.ExpiresAt > room.Now
            ? room.Find(ticket.ParticipantId)
            : null;

    private static void Connect(RoomDraft room, Enter enter, Guid me)
    {
        var open = room
            .State.Connections.Values.Where(c => c.ParticipantId == me && c.Ending is null)
            .OrderByDescending(c => c.EnteredAt)
            .ThenByDescending(c => c.ConnectionId, StringComparer.Ordinal);
        foreach (var oldest in open.Skip(ConnectionsPerPerson - 1).ToList())
        {
            room.Set(oldest with { Ending = EndReasons.Replaced });
            room.Changes.ChecksConnections = true;
        }

        room.Facts = room.Facts with { Tickets = room.Facts.Tickets.Remove(Convert.ToHexString(enter.TicketHash)) };
        room.Changes.SpentTickets.Add(enter.TicketHash);
        room.Set(new ConnectionState(enter.ConnectionId, me, enter.NodeId, enter.SignInId, enter.SignInEndsAt, room.Now));
    }

    private static Entered AnswerTo(RoomDraft room, Participant me, IReadOnlyDictionary<string, long>? cursors)
    {
        var ends = room.State.Streams.ToDictionary(s => s.Key, s => s.Value.Seq, StringComparer.Ordinal);
        var starts = CursorRules.Plan(me, ends, cursors);
        return new Entered(
            me,
            room.Session.Phase,
            me.IsIn ? [.. room.Participants.Where(p => p is { Present: true, IsIn: true }).Select(p => p.Actor)] : [me.Actor],
            starts,
            CursorRules.Given(starts),
            room.State.EndOf(Streams.Private(me.ParticipantId)),
            room.State.EndOf(Streams.Room),
            RoomNow.Of(room.State, me, me.IsIn),
            me.IsIn ? null : WaitingText.Of(room, me),
            me.IsStaff
                ?
                [
                    .. room
                        .Participants.Where(p => p.IsWaiting)
                        .OrderBy(p => p.WaitingSince)
                        .ThenBy(p => p.ParticipantId)
                        .Select(p => new WaitingPerson(p.ParticipantId, p.Alias ?? "", p.WaitingSince ?? room.Now)),
                ]
                : null,
            room.Session.Camera
        );
    }
}
