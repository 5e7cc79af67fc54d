using GroupTherapy.Enrollment.Licensing;

namespace GroupTherapy.Enrollment.Domain;

/// <summary>One thing that a decision about seats changes or records.</summary>
public abstract record SeatChange;

/// <param name="Before">Null for a new enrollment.</param>
public sealed record EnrollmentChanged(EnrollmentState? Before, EnrollmentState After) : SeatChange;

/// <summary>A licensing decision to be stored with its inputs.</summary>
public sealed record DecisionMade(Guid Id, Guid EnrollmentId, Guid MemberId, CompiledRuleSet Rules, LicensingRequest Facts, Decision Decision) : SeatChange;

public sealed record ConsentsGiven(Guid EnrollmentId, Guid MemberId, IReadOnlyList<ConsentDocument> Documents) : SeatChange;

/// <summary>A step of the waitlist's log.</summary>
public sealed record WaitlistLogged(Guid EnrollmentId, Guid MemberId, string What, string? Code = null, Guid? DecisionId = null) : SeatChange;

/// <summary>All members in front of an offer who were not offered the seat, with the reason.</summary>
public sealed record InFrontLogged(long WaitlistOrder) : SeatChange;

public sealed record Audited(string Act, Guid? Subject, Guid? Reference, object Data) : SeatChange;

/// <summary>An event for other services.</summary>
public sealed record EventRaised(object Event) : SeatChange;

/// <summary>The permits of an enrollment must be made again.</summary>
public sealed record PermitsDue(Guid EnrollmentId) : SeatChange;

/// <summary>When the rules are asked about an enrolled member again.</summary>
public sealed record ReevaluationDue(Guid EnrollmentId, DateTimeOffset At) : SeatChange;

/// <summary>When the waitlist must be asked again.</summary>
public sealed record OffersDue(DateTimeOffset At) : SeatChange;

/// <summary>The outcome of a command.</summary>
/// <param name="Refusal">Why it was refused; null when it was not.</param>
/// <param name="EnrollmentId">The enrollment it was about; null where there is none.</param>
/// <param name="Decision">The licensing decision that the answer shows, if it was asked.</param>
/// <param name="Changes">The rows to store together. A refusal may have some: a stored decision, an audit entry.</param>
/// <param name="State">After the changes; null where the group is not known.</param>
public sealed record SeatOutcome(Refusal? Refusal, Guid? EnrollmentId, DecisionMade? Decision, IReadOnlyList<SeatChange> Changes, SeatGroupState? State = null);

/// <summary>Steps and reasons of the waitlist's log.</summary>
public static class WaitlistSteps
{
    public const string Joined = "joined";
    public const string Held = "held";
    public const string Released = "released";
    public const string Offered = "offered";
    public const string PassedOver = "passed-over";
    public const string OfferExpired = "offer-expired";
    public const string Confirmed = "confirmed";
    public const string Left = "left";

    public const string NotEligible = "not-eligible";
    public const string Unclear = "unclear";
    public const string Unconfirmed = "unconfirmed";
    public const string Intake = "intake";
    public const string ReleasedOften = "released-often";
}

/// <summary>Why an enrollment ended.</summary>
public static class EndReasons
{
    public const string Cancelled = "cancelled";
    public const string Expired = "expired";
    public const string OfferExpired = "offer-expired";
    public const string Refused = "refused";
    public const string GroupClosed = "group-closed";
    public const string SeriesOver = "series-over";
    public const string Moved = "moved";
    public const string NotEligible = "not-eligible";
}
