using MassTransit;

namespace GroupTherapy.Contracts.Room.V1;

/// <summary>A participant is in the room: admitted and connected.</summary>
[MessageUrn("grouptherapy:room:participant-joined:v1")]
[EntityName("room.participant-joined.v1")]
public sealed record ParticipantJoined(Guid SessionId, Guid ParticipantId, Guid AccountId, string Role, DateTimeOffset At);
