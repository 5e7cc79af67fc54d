using MassTransit;

namespace GroupTherapy.Contracts.Room.V1;

/// <summary>A participant's last connection has been gone for the grace time, or the participant left.</summary>
[MessageUrn("grouptherapy:room:participant-left:v1")]
[EntityName("room.participant-left.v1")]
public sealed record ParticipantLeft(Guid SessionId, Guid ParticipantId, Guid AccountId, string Role, DateTimeOffset At);
