using MassTransit;

namespace GroupTherapy.Contracts.Scheduling.V1;

/// <summary>A session of a series was created, or fields of its group changed that the snapshot carries.</summary>
[MessageUrn("grouptherapy:scheduling:session-scheduled:v1")]
[EntityName("scheduling.session-scheduled.v1")]
public sealed record SessionScheduled(SessionSnapshot Session, DateTimeOffset At);
