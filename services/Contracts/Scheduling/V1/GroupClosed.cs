using MassTransit;

namespace GroupTherapy.Contracts.Scheduling.V1;

/// <summary>
/// A group takes no more members and its facilitators are free. Where its series is over, the snapshot's <c>SeriesEndsAt</c> is not later than
/// <paramref name="At"/>; an operator who closes a group early leaves it as it was.
/// </summary>
[MessageUrn("grouptherapy:scheduling:group-closed:v1")]
[EntityName("scheduling.group-closed.v1")]
public sealed record GroupClosed(GroupSnapshot Group, DateTimeOffset At);
