using MassTransit;

namespace GroupTherapy.Contracts.Room.V1;

/// <summary>A facilitator removed somebody. The reason stays in the room's record.</summary>
[MessageUrn("grouptherapy:room:participant-removed:v1")]
[EntityName("room.participant-removed.v1")]
public sealed record ParticipantRemoved(
    Guid SessionId,
    Guid ParticipantId,
    Guid AccountId,
    DateTimeOffset At);
