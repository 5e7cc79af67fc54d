using MassTransit;

namespace GroupTherapy.Contracts.Enrollment.V1;

/// <summary>A facilitator's credential in force ends soon. Sent once for each of 60, 30 and 7 days before; a renewal starts anew.</summary>
/// <param name="ValidTo">Its last day.</param>
/// <param name="Days">60, 30 or 7: the bound that was crossed.</param>
[MessageUrn("grouptherapy:enrollment:credential-ending:v1")]
[EntityName("enrollment.credential-ending.v1")]
public sealed record CredentialEnding(Guid FacilitatorId, Guid CredentialId, IReadOnlyList<string> Practices, DateOnly ValidTo, int Days, DateTimeOffset At);
