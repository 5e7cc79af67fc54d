namespace GroupTherapy.Room.Storage;

/// <summary>How a room's deadlines are named among the scheduled work: one kind, and a key of session, deadline and participant.</summary>
public static class DueKeys
{
    public const string Kind = "room.deadline";

    /// <summary>Makes the media server agree with a room; the key is its session.</summary>
    public const string MediaKind = "room.media";

    /// <param name="subject">The participant; empty for the session.</param>
    public static string Of(Guid session, string deadline, Guid subject) => subject == Guid.Empty ? $"{session}/{deadline}" : $"{session}/{deadline}/{subject}";

    public static (Guid Session, string Deadline, Guid Subject) Parse(string key) =>
        key.Split('/') is [var session, var deadline, .. var subject]
            ? (Guid.Parse(session), deadline, subject is [var who] ? Guid.Parse(who) : Guid.Empty)
            : throw new FormatException("No key of a deadline.");
}
