using MassTransit;

namespace GroupTherapy.Contracts.Scheduling.V1;

/// <summary>A session that was unattended has its facilitator again, without a substitution.</summary>
[MessageUrn("grouptherapy:scheduling:session-attended:v1")]
[EntityName("scheduling.session-attended.v1")]
public sealed record SessionAttended(SessionSnapshot Session, DateTimeOffset At);
