using MassTransit;

namespace GroupTherapy.Contracts.Scheduling.V1;

/// <summary>A member who had said that they will not come to a session comes after all.</summary>
/// <param name="Version">Of this member's absence from this session: the greater one counts.</param>
[MessageUrn("grouptherapy:scheduling:absence-withdrawn:v1")]
[EntityName("scheduling.absence-withdrawn.v1")]
public sealed record AbsenceWithdrawn(Guid SessionId, Guid GroupId, Guid AccountId, long Version, DateTimeOffset At);
