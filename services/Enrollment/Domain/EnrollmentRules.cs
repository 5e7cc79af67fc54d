using GroupTherapy.Enrollment.Licensing;

namespace GroupTherapy.Enrollment.Domain;

/// <summary>Whether a confirmed enrollment is still allowed.</summary>
/// <param name="GraceUntil">The rules deny it: the seat is kept until then. Null when they do not.</param>
/// <param name="ReviewSince">It is unclear since then, and an operator must look.</param>
public sealed record EligibilityStatus(DateTimeOffset? GraceUntil, DateTimeOffset? ReviewSince);

/// <summary>The effect of a licensing outcome on a request, an offer or a confirmation.</summary>
public enum EnrollmentStep
{
    TakeSeat,
    HoldForOperator,
    Refuse,
}

/// <summary>The effects of licensing decisions on enrollments.</summary>
public static class EnrollmentRules
{
    /// <summary>Grace days of a practice that the rule set does not know.</summary>
    public const int DefaultGraceDays = 14;

    public static EnrollmentStep StepAfter(Outcome outcome) =>
        outcome switch
        {
            Outcome.Allow or Outcome.AllowWithConditions => EnrollmentStep.TakeSeat,
            Outcome.Hold => EnrollmentStep.HoldForOperator,
            _ => EnrollmentStep.Refuse,
        };

    /// <summary>The first status of a request that the rules do not deny.</summary>
    /// <param name="operatorMustLook">The intake is missing, or the member gave up too many seats today.</param>
    /// <param name="getsSeat">A seat is free, and no waitlisted member comes first.</param>
    public static string FirstStatus(EnrollmentStep step, bool operatorMustLook, bool getsSeat) =>
        step == EnrollmentStep.HoldForOperator || operatorMustLook ? EnrollmentStatus.Held
        : getsSeat ? EnrollmentStatus.Reserved
        : EnrollmentStatus.Waitlisted;

    /// <summary>
    /// A denial starts a grace once, and the same one runs on while reasons change. An unclear answer costs no member the seat: an operator looks.
    /// It ends no running grace either, since nothing unclear counts as allowed.
    /// </summary>
    /// <param name="graceDays">Of the practice, 0 to 366; 0 ends the enrollment at once.</param>
    public static EligibilityStatus After(Outcome outcome, EligibilityStatus before, DateTimeOffset now, int graceDays) =>
        outcome switch
        {
            Outcome.Deny => new EligibilityStatus(before.GraceUntil ?? now + TimeSpan.FromDays(Math.Clamp(graceDays, 0, Bounds.LongestGraceDays)), null),
            Outcome.Hold => before with { ReviewSince = before.ReviewSince ?? now },
            _ => new EligibilityStatus(null, null),
        };

    /// <summary>Whether two answers say the same: the outcome, and each reason with its jurisdiction. A new citation or date is no other answer.</summary>
    public static bool SaysTheSame(Decision one, Decision other) =>
        one.Outcome == other.Outcome && one.Reasons.Select(Said).SequenceEqual(other.Reasons.Select(Said));

    /// <summary>Why an enrollment ends when its grace is over.</summary>
    /// <param name="before">Residence in the decision that confirmed it.</param>
    public static string EndReason(string? before, string? now) => before == now ? EndReasons.NotEligible : EndReasons.Moved;

    private static (string, string?) Said(Reason reason) => (reason.Code, reason.Jurisdiction);
}
