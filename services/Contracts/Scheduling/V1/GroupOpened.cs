using MassTransit;

namespace GroupTherapy.Contracts.Scheduling.V1;

/// <summary>A group is in the catalogue.</summary>
[MessageUrn("grouptherapy:scheduling:group-opened:v1")]
[EntityName("scheduling.group-opened.v1")]
public sealed record GroupOpened(GroupSnapshot Group, DateTimeOffset At);
