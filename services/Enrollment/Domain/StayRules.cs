using GroupTherapy.Enrollment.Licensing;

namespace GroupTherapy.Enrollment.Domain;

/// <summary>How a confirmed stay stands with the rules.</summary>
/// <param name="GraceUntil">The rules forbid it: the seat is kept until then. Null when they do not.</param>
/// <param name="ReviewSince">It is unclear since then, and an operator must look.</param>
public sealed record EligibilityStatus(DateTimeOffset? GraceUntil, DateTimeOffset? ReviewSince);

/// <summary>What a fresh look at the rules does to a confirmed stay. Pure.</summary>
public static class StayRules
{
    /// <summary>When the rule set does not know the practice.</summary>
    public const int GraceDaysUnlessTold = 14;

    /// <summary>
    /// A refusal starts a grace once, and the same one runs on while reasons change. What became unclear costs nobody the seat: an operator looks.
    /// It takes back no grace either, since nothing unclear ever counts as allowed.
    /// </summary>
    /// <param name="graceDays">Of the practice; 0 ends the stay at once.</param>
    public static EligibilityStatus After(Outcome outcome, EligibilityStatus before, DateTimeOffset now, int graceDays) => outcome switch
    {
        Outcome.Deny => new EligibilityStatus(before.GraceUntil ?? now + TimeSpan.FromDays(Math.Clamp(graceDays, 0, Bounds.LongestGraceDays)), null),
        Outcome.Hold => before with { ReviewSince = before.ReviewSince ?? now },
        _ => new EligibilityStatus(null, null),
    };

    /// <summary>Whether two answers say the same: the outcome, and each reason with its place. A new citation or date is no news.</summary>
    public static bool SaysTheSame(Decision one, Decision other) =>
        one.Outcome == other.Outcome && one.Reasons.Select(Said).SequenceEqual(other.Reasons.Select(Said));

    /// <summary>Why a stay ends when its grace is over.</summary>
    /// <param name="before">Residence in the decision that confirmed it.</param>
    public static string EndReason(string? before, string? now) => before == now ? "not-eligible" : "moved";

    private static (string, string?) Said(Reason reason) => (reason.Code, reason.Jurisdiction);
}
