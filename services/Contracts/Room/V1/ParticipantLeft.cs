using MassTransit;

namespace GroupTherapy.Contracts.Room.V1;

/// <summary>Somebody's last connection has been gone for the grace time, or they left.</summary>
[MessageUrn("grouptherapy:room:participant-left:v1")]
[EntityName("room.participant-left.v1")]
public sealed record ParticipantLeft(
    Guid SessionId,
    Guid ParticipantId,
    Guid AccountId,
    string Role,
    DateTimeOffset At);
