using MassTransit;

namespace GroupTherapy.Contracts.Enrollment.V1;

/// <summary>A stay was decided again (somebody moved, a group, a rule or a credential changed) and the answer is another one than before.</summary>
/// <param name="Status">Of the stay: <c>reserved</c>, <c>offered</c>, <c>enrolled</c>, <c>waitlisted</c> or <c>held</c>.</param>
/// <param name="Outcome"><c>allow</c>, <c>allow_with_conditions</c>, <c>hold</c> or <c>deny</c>.</param>
/// <param name="ReasonCodes">Of the decision, in their stable order.</param>
[MessageUrn("grouptherapy:enrollment:enrollment-reconsidered:v1")]
[EntityName("enrollment.enrollment-reconsidered.v1")]
public sealed record EnrollmentReconsidered(
    Guid EnrollmentId,
    Guid GroupId,
    Guid MemberId,
    string Status,
    string Outcome,
    IReadOnlyList<string> ReasonCodes,
    long Version,
    DateTimeOffset At);
