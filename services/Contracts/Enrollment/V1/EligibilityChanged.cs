using MassTransit;

namespace GroupTherapy.Contracts.Enrollment.V1;

/// <summary>
/// What the rules answer a member for one coming session, joined from home, went from letting in to not letting in, or back. Told as soon as it is known:
/// for a rule set published ahead of time, at its publication.
/// </summary>
/// <param name="Outcome">The answer now, for the member's residence as the place: <c>allow</c>, <c>allow_with_conditions</c>, <c>hold</c> or
/// <c>deny</c>.</param>
/// <param name="RuleSet">The rule set that gives it.</param>
/// <param name="Version">Of the permit of this enrolment and session; greater wins.</param>
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
    DateTimeOffset At);
