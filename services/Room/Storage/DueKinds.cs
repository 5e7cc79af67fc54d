namespace GroupTherapy.Room.Storage;

/// <summary>How a room's deadlines are named among the scheduled work.</summary>
internal static class DueKinds
{
    private const string Prefix = "room-";

    public static string Of(string deadline) => Prefix + deadline;

    public static string DeadlineOf(string kind) => kind[Prefix.Length..];

    /// <param name="subject">The participant; empty for the session.</param>
    public static string Key(Guid session, Guid subject) => subject == Guid.Empty ? session.ToString() : $"{session}/{subject}";

    public static (Guid Session, Guid Subject) Parse(string key) => key.Split('/') is [var session, var subject] ? (Guid.Parse(session), Guid.Parse(subject)) : (Guid.Parse(key), Guid.Empty);
}
