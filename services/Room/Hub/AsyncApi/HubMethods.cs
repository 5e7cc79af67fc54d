using GroupTherapy.Room.Domain;

namespace GroupTherapy.Room.Hub.AsyncApi;

/// <summary>The description of a hub method.</summary>
/// <param name="Codes">Its own refusals; those that every method may answer are in <see cref="HubMethods.Common"/>.</param>
internal sealed record HubMethod(string Name, string Summary, params IReadOnlyList<string> Codes)
{
    /// <summary>Roles that may call it.</summary>
    public IEnumerable<string> Roles => Act is { } act ? RoomActs.Allowed[act] : RoomActs.Allowed[RoomAct.Leave];

    /// <summary>Whether a participant who waits may call it.</summary>
    public bool WhileWaiting => Act is not { } act || RoomActs.MayWhileWaiting(act);

    // Enter is admission by ticket and no act.
    private RoomAct? Act => Enum.TryParse<RoomAct>(Name, out var act) ? act : null;
}

/// <summary>The hub's methods in the order in which a client needs them.</summary>
internal static class HubMethods
{
    /// <summary>The errors that every method may answer.</summary>
    public static IReadOnlyList<string> Common { get; } = ["bad-request", "not-admitted", "not-allowed", "not-open", "removed", "too-fast", "try-again"];

    public static IReadOnlyList<HubMethod> All { get; } =
    [
        new("Enter", "Enter the room with the ticket of join; answers who you are here and what you missed.", "ticket-invalid", "room-locked"),
        new(
            "Post",
            "Write a message; answers once it is durable. Who waits writes to facilitators alone.",
            "muted",
            "slow-mode",
            "room-held",
            "too-long",
            "not-found",
            "id-reused"
        ),
        new("Retract", "Take back one's own message.", "not-found"),
        new("React", "React to a message with one emoji.", "muted", "room-held", "not-found"),
        new("RaiseHand", "Raise a hand.", "room-held"),
        new("LowerHand", "Lower one's own hand; staff: any participant's.", "room-held", "not-found"),
        new("RequestHelp", "Ask the facilitators for help; passes every lock.", "too-long"),
        new("Rename", "Another name for oneself; staff: for any participant.", "not-found"),
        new("Leave", "Leave the room."),
        new("IceServers", "Relay servers for the connections of media, with credentials that end."),
        new("Publish", "Send microphone and camera: an offer in, an answer out.", "media-off"),
        new("Devices", "Which of one's devices are on, for the others to be told.", "media-off"),
        new("Subscribe", "Receive others: the full list wished for in, an offer out.", "media-off", "not-found"),
        new("Answer", "The answer to the offer of what is received.", "media-off"),
        new("Trickle", "A candidate of a connection.", "media-off"),
        new("Unpublish", "Send nothing any more.", "media-off"),
        new("Open", "Begin the session."),
        new("Admit", "Let one participant in.", "not-found"),
        new("AdmitAll", "Let in all who wait."),
        new("SendToWaiting", "Send a participant back to the waiting room.", "not-found"),
        new("Announce", "Write to all who wait, in their private streams.", "too-long"),
        new("Mute", "Block messages, microphone or camera. Without flags: all three.", "not-found"),
        new("Unmute", "Lift a block; only the person can switch their device on.", "not-found"),
        new("Hide", "Hide a message from members.", "not-found"),
        new("Lock", "No newcomers."),
        new("Unlock", "Newcomers are let in again."),
        new("SlowMode", "0 to 300 seconds between two messages of one member."),
        new("GiveTurn", "Give the speaking turn, or take it back.", "not-found"),
        new("Remove", "Remove a participant from this session.", "not-found"),
        new("Readmit", "Lift a removal.", "not-found"),
        new("Extend", "1 to 30 minutes more, at most 60 after the planned end, where permits and the calendar allow."),
        new("Crisis", "Open or close a crisis: a member in one is not disconnected for licensing.", "not-found", "too-long"),
        new("End", "End the session."),
    ];
}
