using MassTransit;

namespace GroupTherapy.Contracts.Enrollment.V1;

/// <summary>
/// What the law and the practice's policy answer for one member and one session, for every place the member may join from.
/// Room picks the place's row, applies only the age of the attestation, mints the decision's id and reports it with <c>JoinDecided</c>.
/// A withdrawn permit (enrolment over) has no places. Greater <paramref name="Version"/> wins.
/// </summary>
[MessageUrn("grouptherapy:enrollment:permit-changed:v1")]
[EntityName("enrollment.permit-changed.v1")]
public sealed record PermitChanged(
    Guid PermitId,
    Guid EnrollmentId,
    Guid MemberId,
    Guid GroupId,
    Guid SessionId,
    long Version,
    bool Withdrawn,
    DateTimeOffset ComputedAt,
    int RuleSet,
    string RuleSetSha256,
    string Engine,
    IReadOnlyList<PermitReason> Reasons,
    IReadOnlyList<PermitPlace> Places);
