using MassTransit;

namespace GroupTherapy.Contracts.Enrollment.V1;

/// <summary>The public professional card of a facilitator, for the catalogue. Numbers and evidence of credentials stay in Enrollment.</summary>
[MessageUrn("grouptherapy:enrollment:facilitator-credential-changed:v1")]
[EntityName("enrollment.facilitator-credential-changed.v1")]
public sealed record FacilitatorCredentialChanged(
    Guid FacilitatorId,
    string DisplayName,
    string Profession,
    IReadOnlyList<string> Practices,
    IReadOnlyList<string> Credentials,
    long Version,
    DateTimeOffset At
);
