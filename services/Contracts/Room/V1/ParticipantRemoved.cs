using MassTransit;

namespace GroupTherapy.Contracts.Room.V1;

/// <summary>A facilitator removed a participant. The reason stays in Room.</summary>
[MessageUrn("grouptherapy:room:participant-removed:v1")]
[EntityName("room.participant-removed.v1")]
public sealed record ParticipantRemoved(Guid SessionId, Guid ParticipantId, Guid AccountId, DateTimeOffset At);
