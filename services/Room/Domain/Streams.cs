namespace GroupTherapy.Room.Domain;

/// <summary>The streams of a room: each an ordered, gap-free log that starts at 1.</summary>
public static class Streams
{
    /// <summary>Everybody who was admitted.</summary>
    public const string Room = "room";

    /// <summary>Facilitators and co-facilitators.</summary>
    public const string Staff = "staff";

    private const string PrivatePrefix = "private:";

    /// <summary>One participant and the staff.</summary>
    public static string Private(Guid participant) => PrivatePrefix + participant;

    /// <summary>A caller's name of a stream, or one that no room has, so that an invalid text never reaches the database.</summary>
    public static string NameOf(string asked) => asked is Room or Staff || (OwnerOf(asked) is { } owner && asked == Private(owner)) ? asked : "none";

    /// <summary>The participant whose private stream this is; null for other streams.</summary>
    public static Guid? OwnerOf(string stream) =>
        stream.StartsWith(PrivatePrefix, StringComparison.Ordinal) && Guid.TryParse(stream.AsSpan(PrivatePrefix.Length), out var owner) ? owner : null;
}

/// <summary>The kinds of events. A kind stands in exactly one stream (a message: in its own).</summary>
public static class Kinds
{
    public const string Joined = "participant.joined";
    public const string Left = "participant.left";
    public const string Removed = "participant.removed";
    public const string HandRaised = "hand.raised";
    public const string HandLowered = "hand.lowered";
    public const string Opened = "room.opened";
    public const string Locked = "room.locked";
    public const string Unlocked = "room.unlocked";
    public const string Resumed = "room.resumed";
    public const string Held = "room.held";
    public const string Ended = "room.ended";
    public const string Waiting = "participant.waiting";
    public const string Admitted = "participant.admitted";
    public const string Muted = "participant.muted";
    public const string Unmuted = "participant.unmuted";
    public const string HelpRequested = "help.requested";
    public const string EligibilityHeld = "eligibility.held";
    public const string EligibilityEnding = "eligibility.ending";
    public const string EligibilityEnded = "eligibility.ended";
    public const string HandoverNeeded = "handover.needed";
    public const string CrisisChanged = "crisis.changed";
    public const string RoleChanged = "role.changed";
    public const string Readmitted = "participant.readmitted";
    public const string Renamed = "participant.renamed";
    public const string LeadChanged = "lead.changed";
    public const string Ending = "room.ending";
    public const string Extended = "room.extended";
    public const string TurnGiven = "turn.given";
    public const string Slowed = "room.slowed";
    public const string Posted = "message.posted";
    public const string Hidden = "message.hidden";
    public const string Reacted = "reaction.added";

    /// <summary>Kinds whose data people wrote, or that say where a member is: sealed with the session's key, gone with it.</summary>
    public static bool IsSealed(string kind) => kind is Posted or HelpRequested or Ended or Reacted or EligibilityEnding or EligibilityEnded;
}
