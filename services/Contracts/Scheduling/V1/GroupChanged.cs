using MassTransit;

namespace GroupTherapy.Contracts.Scheduling.V1;

/// <summary>Something about a group changed; the snapshot is whole.</summary>
[MessageUrn("grouptherapy:scheduling:group-changed:v1")]
[EntityName("scheduling.group-changed.v1")]
public sealed record GroupChanged(GroupSnapshot Group, DateTimeOffset At);
