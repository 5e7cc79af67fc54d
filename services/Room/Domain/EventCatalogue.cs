namespace GroupTherapy.Room.Domain;

/// <summary>One field of an event's data.</summary>
/// <param name="Type"><c>uuid</c>, <c>instant</c>, <c>text</c>, <c>integer</c>, <c>boolean</c>, <c>object</c> or <c>array</c>.</param>
/// <param name="Nullable">The field is always there, and may be null.</param>
/// <param name="Optional">The field may be left out.</param>
public sealed record EventField(string Name, string Type, string Meaning, bool Nullable = false, bool Optional = false);

/// <summary>A kind of event: where it stands, when it is appended, and what its data holds.</summary>
/// <param name="Stream"><c>room</c>, <c>staff</c>, <c>private</c>, or <c>message</c> for the stream of the message it is about.</param>
public sealed record EventKind(string Kind, string Stream, string Meaning, params IReadOnlyList<EventField> Data);

/// <summary>
/// Every kind of event with its data, as clients may rely on it; the AsyncAPI document is written from it, and tests hold the log against it.
/// </summary>
public static class EventCatalogue
{
    private static readonly EventField Who = new("participantId", "uuid", "The participant it is about.");
    private static readonly EventField Alias = new("alias", "text", "Their name in this session.");
    private static readonly EventField Role = new("role", "text", "lead, co_facilitator, observer or member.");
    private static readonly EventField Reasons = new("reasons", "array", "Codes of the licensing decision.");

    public static IReadOnlyList<EventKind> All { get; } =
    [
        new(Kinds.Joined, "room", "A participant is in the room.", Who, Alias, Role),
        new(Kinds.Left, "room", "A participant has left; in a private stream: stopped waiting.", Who, Alias, Role),
        new(Kinds.Removed, "room", "Staff removed a participant.", Who, Alias),
        new(Kinds.Renamed, "room", "A participant has another name.", Who, Alias),
        new(Kinds.HandRaised, "room", "A hand went up.", Who),
        new(Kinds.HandLowered, "room", "A hand went down.", Who),
        new(
            Kinds.TurnGiven,
            "room",
            "The speaking turn.",
            new EventField("participantId", "uuid", "The participant who has it; null: no participant.", Nullable: true)
        ),
        new(Kinds.Opened, "room", "The session began."),
        new(Kinds.Locked, "room", "No newcomers."),
        new(Kinds.Unlocked, "room", "Newcomers are let in again."),
        new(Kinds.Slowed, "room", "Slow mode.", new EventField("seconds", "integer", "Between two messages of one member; 0 is off.")),
        new(
            Kinds.Held,
            "room",
            "No facilitator is here: the room is paused.",
            new EventField("until", "instant", "When the session ends if none comes."),
            new EventField("text", "text", "A sentence for members."),
            new EventField("crisisLines", "array", "Names and numbers to call.")
        ),
        new(Kinds.Resumed, "room", "A facilitator is back."),
        new(Kinds.Ending, "room", "The session ends in five minutes.", new EventField("at", "instant", "When it ends.")),
        new(Kinds.Extended, "room", "The session ends later.", new EventField("endsAt", "instant", "When it ends now.")),
        new(Kinds.Ended, "room", "The session is over.", new EventField("reason", "text", "Why."), new EventField("text", "text", "A sentence for members.")),
        new(Kinds.LeadChanged, "room", "Another facilitator leads.", Who, Alias),
        new(Kinds.RoleChanged, "room", "A participant's role changed.", Who, Role),
        new(
            Kinds.Waiting,
            "private",
            "The participant waits.",
            Who,
            Alias,
            new EventField("text", "text", "What they wait for."),
            new EventField("phase", "text", "lobby, live or held."),
            Unled
        ),
        new(
            Kinds.Admitted,
            "private",
            "The participant is let in; room events follow from cursors.room + 1.",
            Who,
            Alias,
            new EventField("participants", "array", "Who is in the room."),
            new EventField("cursors", "object", "Last sequence numbers by stream."),
            new EventField("settings", "object", "What holds in the room.")
        ),
        new(Kinds.Muted, "private", "Staff blocked what is true.", Who, Alias, Flag("audio"), Flag("video"), Flag("chat")),
        new(Kinds.Unmuted, "private", "Staff lifted the block of what is true.", Who, Alias, Flag("audio"), Flag("video"), Flag("chat")),
        new(
            Kinds.EligibilityEnding,
            "private",
            "What allows this session has to be checked again soon.",
            Who,
            new EventField("until", "instant", "When."),
            new EventField("text", "text", "A sentence for the member."),
            Reasons
        ),
        new(
            Kinds.EligibilityEnded,
            "private",
            "The rules do not allow this session any more.",
            Who,
            new EventField("text", "text", "A sentence for the member."),
            Reasons,
            new EventField("alternatives", "array", "Service classes that are possible."),
            new EventField("crisisLines", "array", "Numbers to call.")
        ),
        new(Kinds.HelpRequested, "staff", "A participant asks for help.", Who, new EventField("text", "text", "What they wrote.", Nullable: true)),
        new(
            Kinds.EligibilityHeld,
            "staff",
            "A participant's eligibility is not decided.",
            Who,
            Reasons,
            new EventField("until", "instant", "Until when the permit counts.", Optional: true)
        ),
        new(
            Kinds.HandoverNeeded,
            "staff",
            "A member in a crisis stays although the rules say no: hand over.",
            Who,
            Reasons,
            new EventField("conditions", "array", "What is to be done.")
        ),
        new(Kinds.CrisisChanged, "staff", "A crisis was opened or closed.", Who, new EventField("open", "boolean", "Whether it is open.")),
        new(Kinds.Readmitted, "staff", "A removal was lifted.", Who, Alias),
        new(
            Kinds.Posted,
            "message",
            "A message.",
            new EventField("id", "text", "The author's own id of it."),
            new EventField("text", "text", "Plain text, never HTML; null once hidden.", Nullable: true),
            new EventField("to", "text", "everyone, facilitators or a participantId."),
            new EventField("hidden", "boolean", "True once hidden; left out before.", Optional: true)
        ),
        new(
            Kinds.Hidden,
            "message",
            "A message is hidden, or was taken back by its author.",
            new EventField("seq", "integer", "Its sequence number."),
            new EventField("retracted", "boolean", "True where its author took it back.", Optional: true)
        ),
        new(
            Kinds.Reacted,
            "message",
            "A reaction.",
            new EventField("seq", "integer", "The message's sequence number."),
            new EventField("emoji", "text", "One emoji.")
        ),
    ];

    private static EventField Unled => new("unled", "boolean", "No facilitator has come past the start, and the practice was told.");

    private static EventField Flag(string name) => new(name, "boolean", "True where it changed; left out otherwise.", Optional: true);
}
