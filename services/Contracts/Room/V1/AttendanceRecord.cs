namespace GroupTherapy.Contracts.Room.V1;

/// <summary>One person's presence in one session, counted from the room's log.</summary>
/// <param name="Minutes">Whole minutes in the live room, segments added up.</param>
/// <param name="Status"><c>present</c>, <c>no_show</c>, <c>excused</c> or <c>refused_for_place</c>.</param>
public sealed record AttendanceRecord(
    Guid ParticipantId,
    Guid MemberId,
    IReadOnlyList<AttendanceSegment> Segments,
    int Minutes,
    bool Late,
    bool LeftEarly,
    string Status
);
