using MassTransit;

namespace GroupTherapy.Contracts.Scheduling.V1;

/// <summary>Somebody else leads this one meeting.</summary>
[MessageUrn("grouptherapy:scheduling:facilitator-substituted:v1")]
[EntityName("scheduling.facilitator-substituted.v1")]
public sealed record FacilitatorSubstituted(
    SessionSnapshot Session,
    DateTimeOffset At);
