using MassTransit;

namespace GroupTherapy.Contracts.Room.V1;

/// <summary>A session is over, with the attendance. <paramref name="Reason"/> is a code, never the facilitator's words.</summary>
[MessageUrn("grouptherapy:room:session-ended:v1")]
[EntityName("room.session-ended.v1")]
public sealed record SessionEnded(
    Guid SessionId,
    Guid GroupId,
    DateTimeOffset StartedAt,
    DateTimeOffset EndedAt,
    string Reason,
    IReadOnlyList<AttendanceRecord> Attendance,
    long Version
);
