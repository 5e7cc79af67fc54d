using MassTransit;

namespace GroupTherapy.Contracts.Enrollment.V1;

/// <summary>
/// An enrollment was decided again (a member moved; a group, a rule or a credential changed), and the answer differs from the one before.
/// </summary>
/// <param name="Status">Of the enrollment: <c>reserved</c>, <c>offered</c>, <c>enrolled</c>, <c>waitlisted</c> or <c>held</c>.</param>
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
    DateTimeOffset At
);
