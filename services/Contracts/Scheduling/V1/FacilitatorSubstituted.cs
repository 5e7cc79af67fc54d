using MassTransit;

namespace GroupTherapy.Contracts.Scheduling.V1;

/// <summary>Another facilitator leads this one session.</summary>
[MessageUrn("grouptherapy:scheduling:facilitator-substituted:v1")]
[EntityName("scheduling.facilitator-substituted.v1")]
public sealed record FacilitatorSubstituted(
    SessionSnapshot Session,
    DateTimeOffset At);
