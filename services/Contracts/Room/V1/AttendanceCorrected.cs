using MassTransit;

namespace GroupTherapy.Contracts.Room.V1;

/// <summary>
/// A facilitator corrected what the room had counted for one member. The count of <c>SessionEnded</c> stays as it was; what was noted stays in Room.
/// </summary>
/// <param name="Status"><c>present</c>, <c>no_show</c> or <c>excused</c>.</param>
/// <param name="Version">Of this member's corrections in this session; greater wins.</param>
[MessageUrn("grouptherapy:room:attendance-corrected:v1")]
[EntityName("room.attendance-corrected.v1")]
public sealed record AttendanceCorrected(Guid SessionId, Guid GroupId, Guid ParticipantId, Guid MemberId, string Status, long Version, DateTimeOffset At);
