using MassTransit;

namespace GroupTherapy.Contracts.Room.V1;

/// <summary>
/// The phase of a room: <c>open</c> (lobby), <c>live</c>, <c>held</c>; <c>scheduled</c> when an opened lobby closed again because the plan moved.
/// The end is <c>SessionEnded</c>.
/// </summary>
[MessageUrn("grouptherapy:room:session-phase-changed:v1")]
[EntityName("room.session-phase-changed.v1")]
public sealed record SessionPhaseChanged(Guid SessionId, Guid GroupId, string Phase, long Version, DateTimeOffset At);
