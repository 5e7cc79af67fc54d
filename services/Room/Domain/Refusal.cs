namespace GroupTherapy.Room.Domain;

/// <summary>A refusal of a hub method: a code that is fixed and a sentence that a member can understand.</summary>
public sealed record Refusal(string Code, string Sentence)
{
    public static readonly Refusal NotAllowed = new("not-allowed", "You may not do this here.");
    public static readonly Refusal NotAdmitted = new("not-admitted", "You are not in the room yet.");
    public static readonly Refusal NotOpen = new("not-open", "The session is not open.");
    public static readonly Refusal Muted = new("muted", "A facilitator has paused your messages.");
    public static readonly Refusal SlowMode = new("slow-mode", "The room is in slow mode. Please wait a little before your next message.");
    public static readonly Refusal RoomHeld = new("room-held", "The room is paused until a facilitator is back. You can still write to the facilitators.");
    public static readonly Refusal RoomLocked = new("room-locked", "The room is locked.");
    public static readonly Refusal TooLong = new("too-long", "A message has 4,000 characters at most.");
    public static readonly Refusal TooFast = new("too-fast", "That was a little fast. Please wait a moment.");
    public static readonly Refusal NotFound = new("not-found", "There is no such person or message here.");
    public static readonly Refusal MediaOff = new("media-off", "This room has no video. You can still write to each other.");
    public static readonly Refusal TicketInvalid = new("ticket-invalid", "This ticket does not count any more. Please join again.");
    public static readonly Refusal Removed = new("removed", "A facilitator has removed you from this session.");
    public static readonly Refusal IdReused = new("id-reused", "This id was used for another message.");
    public static readonly Refusal TryAgain = new("try-again", "That did not work just now. Please try again.");

    /// <summary>A request that is not of the form it should have.</summary>
    public static Refusal BadRequest(string sentence) => new("bad-request", sentence);
}

/// <summary>The answer of a use case: a value, or a refusal.</summary>
public sealed record Answer<T>(T? Value, Refusal? Refusal)
{
    public static implicit operator Answer<T>(T value) => new(value, null);

    public static implicit operator Answer<T>(Refusal refusal) => new(default, refusal);
}
