using GroupTherapy.Contracts.Room.V1;

namespace GroupTherapy.Room.Domain;

/// <summary>Coming and going, over any number of tabs: one presence per person.</summary>
internal static class Presence
{
    /// <summary>An admitted person is in the room.</summary>
    public static void LogJoined(RoomDraft room, Participant who)
    {
        room.Append(Streams.Room, Kinds.Joined, who.Actor, EventData.Presence.Of(who));
        room.Publish(new ParticipantJoined(room.Session.SessionId, who.ParticipantId, who.AccountId, who.Role, room.Now));
    }

    public static void LogLeft(RoomDraft room, Participant who)
    {
        room.Append(Streams.Room, Kinds.Left, who.Actor, EventData.Presence.Of(who));
        room.Publish(new ParticipantLeft(room.Session.SessionId, who.ParticipantId, who.AccountId, who.Role, room.Now));
    }

    public static Refusal? Leave(RoomDraft room, Participant me, string connectionId)
    {
        if (me.IsStaff)
        {
            room.SeeStaff(room.Now);
        }

        Forget(room, connectionId, atOnce: true);
        return null;
    }

    public static void ConnectionsLost(RoomDraft room, ConnectionsLost lost)
    {
        if (lost.StaffSeenAt is { } seen)
        {
            room.SeeStaff(seen);
        }

        foreach (var connection in lost.ConnectionIds)
        {
            Forget(room, connection, lost.AtOnce);
        }
    }

    /// <summary>A participant without a connection has left when the grace is over.</summary>
    public static void LeaveWhenDue(RoomDraft room, Guid participant)
    {
        if (room.Find(participant) is { Present: true } who && !room.State.IsConnected(participant) && !(who.LastPresentAt + room.Times.LeaveAfter > room.Now))
        {
            Go(room, who);
        }
    }

    /// <summary>A person is gone: from the room, or from the waiting room.</summary>
    public static void Go(RoomDraft room, Participant who)
    {
        room.Set(who with { Present = false, LastPresentAt = Latest(who.LastPresentAt, room.Now), WaitingSince = null });
        if (who.IsIn)
        {
            LogLeft(room, who);
            Lifecycle.AnnounceMissingFacilitator(room);
        }
        else if (who.Admission == Admissions.Waiting)
        {
            room.Append(Streams.Private(who.ParticipantId), Kinds.Left, who.Actor, EventData.Presence.Of(who));
        }
    }

    private static void Forget(RoomDraft room, string connectionId, bool atOnce)
    {
        if (room.State.Connections.GetValueOrDefault(connectionId) is not { } connection)
        {
            return;
        }

        room.RemoveConnection(connectionId);
        if (room.Find(connection.ParticipantId) is not { Present: true } who || room.State.IsConnected(who.ParticipantId))
        {
            return;
        }

        if (atOnce)
        {
            Go(room, who);
        }
        else
        {
            room.Set(who with { LastPresentAt = Latest(who.LastPresentAt, room.Now) });
        }
    }

    private static DateTimeOffset Latest(DateTimeOffset? known, DateTimeOffset now) => known > now ? known.Value : now;
}
