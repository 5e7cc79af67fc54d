namespace GroupTherapy.Room.Hub.AsyncApi;

/// <summary>What a hub method is for, to a reader.</summary>
/// <param name="Who"><c>everyone</c>, <c>waiting</c> (who waits, too), <c>in</c> (who is in the room) or <c>staff</c>.</param>
/// <param name="Codes">Its own refusals beside <c>bad-request</c>, <c>try-again</c> and <c>too-fast</c>.</param>
internal sealed record HubMethod(string Name, string Who, string Summary, params IReadOnlyList<string> Codes);

/// <summary>The hub's methods in the order in which a client needs them.</summary>
internal static class HubMethods
{
    public static IReadOnlyList<HubMethod> All { get; } =
    [
        new("Enter", "everyone", "Enter the room with the ticket of join; answers who you are here and what you missed.",
            "ticket-invalid", "removed", "room-locked"),
        new("Post", "waiting", "Write a message; answers once it is durable. Who waits writes to facilitators alone.",
            "not-admitted", "not-allowed", "not-open", "muted", "slow-mode", "room-held", "too-long", "not-found", "id-reused"),
        new("Retract", "in", "Take back one's own message.", "not-admitted", "not-allowed", "not-found"),
        new("React", "in", "React to a message with one emoji.", "not-admitted", "muted", "room-held", "not-found"),
        new("RaiseHand", "in", "Raise a hand.", "not-admitted", "not-open"),
        new("LowerHand", "in", "Lower one's own hand; staff: anybody's.", "not-admitted", "not-allowed", "not-found"),
        new("RequestHelp", "waiting", "Ask the facilitators for help; passes every lock."),
        new("Rename", "in", "Another name for oneself; staff: for anybody.", "not-admitted", "not-allowed", "not-found"),
        new("Leave", "in", "Leave the room."),
        new("IceServers", "in", "Relay servers for the connections of media, with credentials that end.", "not-admitted", "not-open"),
        new("Publish", "in", "Send microphone and camera: an offer in, an answer out.", "not-admitted", "not-allowed", "not-open", "room-held"),
        new("Subscribe", "in", "Receive others: the full list wished for in, an offer out.",
            "not-admitted", "not-allowed", "not-open", "room-held", "not-found"),
        new("Answer", "in", "The answer to the offer of what is received.", "not-admitted", "not-allowed", "not-found"),
        new("Trickle", "in", "A candidate of a connection.", "not-admitted", "not-allowed", "not-found"),
        new("Unpublish", "in", "Send nothing any more.", "not-admitted"),
        new("Open", "staff", "Begin the session.", "not-allowed"),
        new("Admit", "staff", "Let one participant in.", "not-allowed", "not-open", "not-found"),
        new("AdmitAll", "staff", "Let everybody in who waits.", "not-allowed", "not-open"),
        new("SendToWaiting", "staff", "Send a participant back to the waiting room.", "not-allowed", "not-found"),
        new("Announce", "staff", "Write to all who wait, in their private streams.", "not-allowed", "too-long"),
        new("Mute", "staff", "Block messages, microphone or camera. Without flags: all three.", "not-allowed", "not-found"),
        new("Unmute", "staff", "Lift a block; only the person can switch their device on.", "not-allowed", "not-found"),
        new("Hide", "staff", "Hide a message from members.", "not-allowed", "not-found"),
        new("Lock", "staff", "No newcomers.", "not-allowed"),
        new("Unlock", "staff", "Newcomers are let in again.", "not-allowed"),
        new("SlowMode", "staff", "0 to 300 seconds between two messages of one member.", "not-allowed"),
        new("GiveTurn", "staff", "Give the speaking turn, or take it back.", "not-allowed", "not-found"),
        new("Remove", "staff", "Remove a participant from this session.", "not-allowed", "not-found"),
        new("Readmit", "staff", "Lift a removal.", "not-allowed", "not-found"),
        new("Extend", "staff", "1 to 30 minutes more, where permits and the calendar allow.", "not-allowed", "not-open"),
        new("Crisis", "staff", "Open or close a crisis: nobody in one is disconnected for licensing.", "not-allowed", "not-found"),
        new("End", "staff", "End the session.", "not-allowed"),
    ];
}
