using MassTransit;

namespace GroupTherapy.Contracts.Scheduling.V1;

/// <summary>A session will not take place. The reason stays in Scheduling: it is free text.</summary>
[MessageUrn("grouptherapy:scheduling:session-cancelled:v1")]
[EntityName("scheduling.session-cancelled.v1")]
public sealed record SessionCancelled(
    SessionSnapshot Session,
    DateTimeOffset At);
