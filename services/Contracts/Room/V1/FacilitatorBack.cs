using MassTransit;

namespace GroupTherapy.Contracts.Room.V1;

/// <summary>A facilitator who may lead the room is there again, and the session goes on.</summary>
/// <param name="Version">Of the session's phases; greater wins.</param>
[MessageUrn("grouptherapy:room:facilitator-back:v1")]
[EntityName("room.facilitator-back.v1")]
public sealed record FacilitatorBack(Guid SessionId, Guid GroupId, Guid ParticipantId, long Version, DateTimeOffset At);
