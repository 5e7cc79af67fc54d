using MassTransit;

namespace GroupTherapy.Contracts.Scheduling.V1;

/// <summary>A member said beforehand that they will not come to a session.</summary>
/// <param name="Version">Of this member's absence from this session: the greater one counts.</param>
[MessageUrn("grouptherapy:scheduling:absence-told:v1")]
[EntityName("scheduling.absence-told.v1")]
public sealed record AbsenceTold(Guid SessionId, Guid GroupId, Guid AccountId, long Version, DateTimeOffset At);
