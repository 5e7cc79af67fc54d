namespace GroupTherapy.Room.Domain;

/// <summary>When facilitators of a session may reach a member in danger, and what a disclosure holds. Pure.</summary>
public static class EmergencyRules
{
    /// <summary>Data of members can be asked for until this long after the end of the session.</summary>
    public static readonly TimeSpan After = TimeSpan.FromHours(24);

    public const int LongestReason = 200;

    /// <summary>Why nothing is given now; null when it is. From the instant on at which the lobby opens by the plan.</summary>
    public static Refusal? Refuse(SessionState session, TimeSpan lobbyBefore, DateTimeOffset now) =>
        session switch
        {
            { Phase: Phases.Ended, EndedAt: { } ended } when now > ended + After => Over,
            { Phase: Phases.Scheduled, Cancelled: true } => Over,
            { Phase: Phases.Scheduled } when now < PhaseRules.LobbyAt(session.StartsAt, lobbyBefore) => NotOpen,
            _ => null,
        };

    /// <summary>Names of the fields that hold something.</summary>
    public static string[] Given(params (string Name, bool Has)[] fields) => [.. fields.Where(f => f.Has).Select(f => f.Name)];

    private static readonly Refusal Over = new("room-ended", "This session ended more than 24 hours ago. Please ask your practice.");
    private static readonly Refusal NotOpen = new("room-not-open", "The waiting room of this session is not open yet. Please ask your practice.");
}
