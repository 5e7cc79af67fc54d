using MassTransit;

namespace GroupTherapy.Contracts.Room.V1;

/// <summary>A member asked staff for help. The text stays in the room.</summary>
[MessageUrn("grouptherapy:room:help-requested:v1")]
[EntityName("room.help-requested.v1")]
public sealed record HelpRequested(Guid SessionId, Guid GroupId, Guid ParticipantId, DateTimeOffset At);
