using MassTransit;

namespace GroupTherapy.Contracts.Enrollment.V1;

/// <summary>How many seats of a group are taken (reserved, offered or enrolled), as of <paramref name="Version"/>.</summary>
[MessageUrn("grouptherapy:enrollment:seats-changed:v1")]
[EntityName("enrollment.seats-changed.v1")]
public sealed record SeatsChanged(Guid GroupId, int Capacity, int Taken, long Version, DateTimeOffset At);
