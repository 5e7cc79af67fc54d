using MassTransit;

namespace GroupTherapy.Contracts.Enrollment.V1;

/// <summary>The public professional card of a facilitator: what the catalogue prints. Personal credentials' numbers and evidence stay in Enrollment.</summary>
[MessageUrn("grouptherapy:enrollment:facilitator-credential-changed:v1")]
[EntityName("enrollment.facilitator-credential-changed.v1")]
public sealed record FacilitatorCredentialChanged(
    Guid FacilitatorId,
    string DisplayName,
    string Profession,
    IReadOnlyList<string> Practices,
    IReadOnlyList<string> Credentials,
    long Version,
    DateTimeOffset At);
