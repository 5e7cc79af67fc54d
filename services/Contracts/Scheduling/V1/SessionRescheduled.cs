using MassTransit;

namespace GroupTherapy.Contracts.Scheduling.V1;

/// <summary>A session moved.</summary>
[MessageUrn("grouptherapy:scheduling:session-rescheduled:v1")]
[EntityName("scheduling.session-rescheduled.v1")]
public sealed record SessionRescheduled(
    SessionSnapshot Session,
    DateTimeOffset At);
