namespace GroupTherapy.Room.Domain;

/// <summary>The rules of break-glass access: how long it lasts, and how often one caller may use it. Pure.</summary>
public static class BreakGlassRules
{
    /// <summary>In characters, so that a reason says something.</summary>
    public const int ShortestReason = 20;

    public const int LongestReason = EmergencyRules.LongestReason;

    /// <summary>Groups that one caller may open within <see cref="Window"/>.</summary>
    public const int Most = 3;

    public static readonly TimeSpan Window = TimeSpan.FromHours(24);

    /// <summary>Members can be reached until this long after a group was opened; then it takes a new reason.</summary>
    public static readonly TimeSpan OpenFor = TimeSpan.FromMinutes(60);

    /// <summary>Members who were in a room of the group within this time are listed.</summary>
    public static readonly TimeSpan Recent = TimeSpan.FromDays(90);

    /// <param name="opened">Groups that the caller opened within <see cref="Window"/>.</param>
    public static Refusal? Refuse(int opened) => opened < Most ? null : TooMany;

    private static readonly Refusal TooMany = new(
        "break-glass-limit",
        "You have opened three groups in an emergency within a day. A colleague or an operator of your practice can open this one."
    );
}
