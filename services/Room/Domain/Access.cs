namespace GroupTherapy.Room.Domain;

/// <summary>Whether the sender of a command may act in the room at this moment; nothing counts from the moment of connecting.</summary>
internal static class Access
{
    public static (Participant? Me, Refusal? Refusal) Of(RoomState room, ISentCommand command, long? term, DateTimeOffset now)
    {
        var sender = command.Sender;
        if (room.Find(sender.ParticipantId) is not { } me)
        {
            return (null, Refusal.NotAdmitted);
        }

        var connection = room.Connections.GetValueOrDefault(sender.ConnectionId);
        var facts = new AccessFacts(
            me.Role,
            me.Admission,
            room.Session.Phase,
            connection is { Ending: null } && room.LeaseTerm == term,
            connection is { ClosesAt: not null },
            !room.Facts.RevokedSignIns.Contains(sender.SignInId) && now < sender.SignInEndsAt,
            HasRole(room, me),
            me.IsCovered(now)
        );
        return AccessRules.Refuse(facts, command.Act) switch
        {
            null => (me, null),
            // The person was let in; it is this node whose connections no longer count. Another node takes them.
            { } refusal when refusal == Refusal.NotAdmitted && me.IsIn && !facts.Connected && connection is null or { Ending: null } => (me, Refusal.TryAgain),
            { } refusal => (me, refusal),
        };
    }

    /// <summary>
    /// Whether role and permit let a person be in the room and have media. Entering and media ask here, acts ask for the two parts;
    /// NodeStore.ConnectionsToEndAsync asks the same in SQL.
    /// </summary>
    public static bool MayBeHere(RoomState room, Participant who, DateTimeOffset now) => HasRole(room, who) && who.IsCovered(now);

    // The account still has the role that the participant is here by, as far as Identity has told, and facilitators are still of this session's staff.
    private static bool HasRole(RoomState room, Participant who) =>
        (!room.AccountRoles.TryGetValue(who.AccountId, out var roles) || roles.Contains(who.IsFacilitator ? AccountRoles.Facilitator : AccountRoles.Member))
        && (!who.IsFacilitator || room.Staff.ContainsKey(who.AccountId));
}
