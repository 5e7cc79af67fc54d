using MassTransit;

namespace GroupTherapy.Contracts.Room.V1;

/// <summary>
/// A facilitator opened or closed a crisis of one member. While it is open, licensing disconnects that member from no room.
/// The facilitator's note stays in Room.
/// </summary>
[MessageUrn("grouptherapy:room:crisis-changed:v1")]
[EntityName("room.crisis-changed.v1")]
public sealed record CrisisChanged(Guid SessionId, Guid GroupId, Guid ParticipantId, Guid MemberId, bool Open, long Version, DateTimeOffset At);
