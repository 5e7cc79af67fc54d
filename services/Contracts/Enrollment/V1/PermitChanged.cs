using MassTransit;

namespace GroupTherapy.Contracts.Enrollment.V1;

/// <summary>
/// The answers of the law and the practice's policy for one member and one session, for every jurisdiction the member may join from.
/// Room picks the jurisdiction's row, applies only the age of the attestation, creates the decision's id and reports it with <c>JoinDecided</c>.
/// A withdrawn permit (enrollment over) has no rows. Greater <paramref name="Version"/> wins.
/// </summary>
/// <param name="Stale">The answer to an attestation that is too old.</param>
/// <param name="RejoinWithinGrace">Index of the reason that is added when a member who was just present need not attest again.</param>
/// <param name="RejoinGraceMinutes">How long ago "just present" may be.</param>
/// <param name="CrisisNeverDisconnect">
/// Index of the reason that is added at <c>rejoin</c> and <c>recheck</c> when a crisis of the member is open and the row holds or denies: the answer is then
/// <c>allow_with_conditions</c> with <c>no_therapy_content</c> and <c>handover</c>, and the row's reasons stay. Null where the practice's policy says
/// otherwise.
/// </param>
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
    IReadOnlyList<PermitPlace> Places,
    PermitPlace? Stale = null,
    int? RejoinWithinGrace = null,
    int RejoinGraceMinutes = 10,
    int? CrisisNeverDisconnect = null
);
