using MassTransit;

namespace GroupTherapy.Contracts.Scheduling.V1;

/// <summary>A group takes nobody any more and blocks nobody.</summary>
[MessageUrn("grouptherapy:scheduling:group-closed:v1")]
[EntityName("scheduling.group-closed.v1")]
public sealed record GroupClosed(
    GroupSnapshot Group,
    DateTimeOffset At);
