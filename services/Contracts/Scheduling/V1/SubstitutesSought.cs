using MassTransit;

namespace GroupTherapy.Contracts.Scheduling.V1;

/// <summary>A running session lost its facilitator: these are free now and may legally cover the members present, best first. Empty when nobody is.</summary>
[MessageUrn("grouptherapy:scheduling:substitutes-sought:v1")]
[EntityName("scheduling.substitutes-sought.v1")]
public sealed record SubstitutesSought(
    Guid SessionId,
    Guid GroupId,
    IReadOnlyList<Guid> FacilitatorIds,
    DateTimeOffset HeldUntil,
    DateTimeOffset At);
