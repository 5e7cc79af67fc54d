using MassTransit;

namespace GroupTherapy.Contracts.Enrollment.V1;

/// <summary>
/// The answer for a member who would join one coming session from home changed between letting in and not. Published as soon as it is known:
/// for a rule set published ahead of time, at its publication.
/// </summary>
/// <param name="Outcome">The answer now for the member's residence: <c>allow</c>, <c>allow_with_conditions</c>, <c>hold</c> or <c>deny</c>.</param>
/// <param name="RuleSet">The rule set that gives it.</param>
/// <param name="Version">Of the permit of this enrollment and session; greater wins.</param>
[MessageUrn("grouptherapy:enrollment:eligibility-changed:v1")]
[EntityName("enrollment.eligibility-changed.v1")]
public sealed record EligibilityChanged(
    Guid EnrollmentId,
    Guid GroupId,
    Guid MemberId,
    Guid SessionId,
    DateTimeOffset StartsAt,
    string Outcome,
    IReadOnlyList<string> ReasonCodes,
    int RuleSet,
    long Version,
    DateTimeOffset At
);
