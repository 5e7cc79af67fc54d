using MassTransit;

namespace GroupTherapy.Contracts.Scheduling.V1;

/// <summary>A weekly meeting was materialised from its series.</summary>
[MessageUrn("grouptherapy:scheduling:session-scheduled:v1")]
[EntityName("scheduling.session-scheduled.v1")]
public sealed record SessionScheduled(
    SessionSnapshot Session,
    DateTimeOffset At);
