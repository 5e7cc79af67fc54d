using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Contracts.Scheduling.V1;

namespace GroupTherapy.Room.Domain;

/// <summary>Connections are gone: closed, or their node is dead.</summary>
/// <param name="AtOnce">Their people have left without the usual grace.</param>
/// <param name="StaffSeenAt">A facilitator's connection lived until then.</param>
public sealed record ConnectionsLost(Guid SessionId, IReadOnlyList<string> ConnectionIds, bool AtOnce, DateTimeOffset? StaffSeenAt)
    : RoomCommand<NoResult>(SessionId);

/// <summary>Staff gave no heartbeat for the grace, or one again in a held room.</summary>
public sealed record CheckStaff(Guid SessionId) : RoomCommand<NoResult>(SessionId);

/// <summary>A deadline may have come.</summary>
/// <param name="Kind">Of <see cref="Deadlines"/>.</param>
/// <param name="Subject">The participant it is about; empty for the session.</param>
public sealed record DeadlineReached(Guid SessionId, string Kind, Guid Subject) : RoomCommand<NoResult>(SessionId);

/// <summary>Scheduling planned, moved, cancelled or handed over the session. Snapshots are whole and versioned.</summary>
/// <param name="NewKey">The wrapped key, if the session is new.</param>
public sealed record ApplyPlan(SessionSnapshot Plan, byte[] NewKey) : RoomCommand<NoResult>(Plan.SessionId);

/// <summary>Enrollment published a member's permit.</summary>
public sealed record ApplyPermit(PermitChanged Permit) : RoomCommand<NoResult>(Permit.SessionId);

/// <summary>Something about an account changed outside the room: its roles, or a sign-in. The cached state of the room is stale.</summary>
public sealed record RecheckAccount(Guid SessionId, Guid AccountId) : RoomCommand<NoResult>(SessionId);

/// <summary>A facilitator corrects a member's attendance.</summary>
public sealed record CorrectAttendance(Guid SessionId, Guid ByAccount, Guid MemberId, string? Status, string? Note) : RoomCommand<AttendanceItem>(SessionId);
