namespace GroupTherapy.Scheduling.Domain;

/// <summary>How far a session has come, as its room reports.</summary>
public static class SessionPhases
{
    public const string Scheduled = "scheduled";
    public const string Open = "open";
    public const string Live = "live";
    public const string Held = "held";
    public const string Ended = "ended";

    /// <summary>In the order in which a session goes through them.</summary>
    public static IReadOnlyList<string> All { get; } = [Scheduled, Open, Live, Held, Ended];
}
