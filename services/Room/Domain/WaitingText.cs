namespace GroupTherapy.Room.Domain;

/// <summary>The text for a waiting participant: where they are, what happens next, whom to call. Pure.</summary>
public static class WaitingText
{
    private const string Crisis = " If you need someone now, call or text 988.";

    /// <summary>The session should have begun, and no facilitator is here.</summary>
    public const string Unled =
        "No facilitator is here yet. Your practice has been told and looks for somebody. You can stay here; " + "you are let in when one comes." + Crisis;

    // Only a member who was let in before can have been sent back.
    internal static string Of(RoomDraft room, Participant who) =>
        Lifecycle.IsUnled(room)
            ? Unled
            : Of(room.Session.Phase, room.Session.LateArrivals, sentBack: who.AdmittedSeq > 0, due: room.Now >= room.Session.StartsAt);

    /// <param name="lateArrivals">The group's policy: whether people are usually let in once a session has begun.</param>
    /// <param name="sentBack">They were in the room, and a facilitator asked them to wait.</param>
    /// <param name="due">It should have begun by now.</param>
    public static string Of(string phase, bool lateArrivals, bool sentBack, bool due) =>
        sentBack
            ? "A facilitator has asked you to wait outside for a moment. You do not hear the room, and the room does not hear you. "
                + "They can see that you are here and will let you in again."
                + Crisis
            : phase switch
            {
                Phases.Live when lateArrivals =>
                    "The session has begun. The facilitators can see that you are here and will let you in at a good moment. Nobody else sees you yet."
                        + Crisis,
                Phases.Live => "The session has begun, and this group usually does not let people in after that. "
                    + "The facilitators can see that you are here and decide. Nobody else sees you."
                    + Crisis,
                Phases.Held => "The session is paused for a moment, because the facilitator lost the connection. You can stay here; "
                    + "somebody will let you in once it goes on."
                    + Crisis,
                _ when due => "It is time, and the session has not been opened yet. A facilitator will let you in once it is. Nobody else sees you yet."
                    + Crisis,
                _ => "You are early, and in the right place. A facilitator will let you in when the session begins. Nobody else sees you yet." + Crisis,
            };
}
