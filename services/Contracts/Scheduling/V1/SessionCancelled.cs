using MassTransit;

namespace GroupTherapy.Contracts.Scheduling.V1;

/// <summary>A meeting will not take place. The reason stays with its owner: it is free text.</summary>
[MessageUrn("grouptherapy:scheduling:session-cancelled:v1")]
[EntityName("scheduling.session-cancelled.v1")]
public sealed record SessionCancelled(
    SessionSnapshot Session,
    DateTimeOffset At);
