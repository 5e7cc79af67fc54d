using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Contracts.Scheduling.V1;

namespace GroupTherapy.Room.Domain;

/// <summary>Asks for a ticket into a session.</summary>
/// <param name="FacilitatorIn">The practices in which the account is a facilitator.</param>
/// <param name="TicketHash">Of the ticket that is handed out if the person may come.</param>
/// <param name="Address">For an emergency; kept sealed.</param>
public sealed record Join(
    Guid SessionId, Guid AccountId, IReadOnlyCollection<string> FacilitatorIn, bool IsMember, string? Jurisdiction, string? Address, bool? Alone, string? Alias,
    byte[] TicketHash)
        : RoomCommand<JoinAnswer>(SessionId);

/// <summary>How a join was answered.</summary>
/// <param name="ExpiresAt">Of the ticket; null when there is none.</param>
/// <param name="Refused">Why there is no ticket.</param>
/// <param name="Decision">The licensing answer; null for facilitators.</param>
public sealed record JoinAnswer(DateTimeOffset? ExpiresAt, JoinRefusal? Refused, JoinDecision? Decision, Guid ParticipantId = default);

/// <summary>Why a join has no ticket.</summary>
/// <param name="Field">The field that is wrong; <paramref name="Sentence"/> says how.</param>
/// <param name="OpensAt">When the lobby opens; for a room that is not open yet.</param>
public sealed record JoinRefusal(int Status, string Code, string Sentence, string? Field = null, DateTimeOffset? OpensAt = null);

/// <summary>A licensing answer at the door, with the permit that it comes from.</summary>
public sealed record JoinDecision(Guid Id, LocationDecision Answer, PermitChanged Permit);

/// <summary>Spends a ticket and makes a connection part of the room.</summary>
/// <param name="Cursors">What the client says it has seen; null for nothing.</param>
public sealed record Enter(
    Guid SessionId, string ConnectionId, Guid NodeId, Guid AccountId, Guid SignInId, DateTimeOffset SignInEndsAt, byte[] TicketHash,
        IReadOnlyDictionary<string, long>? Cursors)
    : RoomCommand<Entered>(SessionId);

/// <summary>The answer to entering: one view of the room.</summary>
/// <param name="Starts">From where each stream is given.</param>
/// <param name="Given">Up to where each stream is given with the answer.</param>
/// <param name="PrivateEnd">Where the person's private stream ends, and in <paramref name="RoomEnd"/> the room's.</param>
/// <param name="Now">What holds in the room.</param>
/// <param name="WaitingText">For a participant who waits; null for others.</param>
/// <param name="Waiting">For staff: who waits, the longest first; null for others.</param>
public sealed record Entered(
    Participant Me, string Phase, IReadOnlyList<Actor> Participants, IReadOnlyList<StreamStart> Starts, IReadOnlyDictionary<string, long> Given,
        long PrivateEnd, long RoomEnd,
    RoomNow Now, string? WaitingText, IReadOnlyList<WaitingPerson>? Waiting, string Camera = CameraPolicies.Optional);

/// <summary>Connections are gone: closed, or their node is dead.</summary>
/// <param name="AtOnce">Their people have left without the usual grace.</param>
/// <param name="StaffSeenAt">A facilitator's connection lived until then.</param>
public sealed record ConnectionsLost(Guid SessionId, IReadOnlyList<string> ConnectionIds, bool AtOnce, DateTimeOffset? StaffSeenAt)
    : RoomCommand<NoResult>(SessionId);

/// <summary>Staff gave no sign of life for the grace, or gave one again in a held room.</summary>
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

/// <summary>Something about an account changed outside the room: its roles, or a sign-in. What was remembered of the room is stale.</summary>
public sealed record RecheckAccount(Guid SessionId, Guid AccountId) : RoomCommand<NoResult>(SessionId);

/// <summary>A facilitator corrects a member's attendance.</summary>
public sealed record CorrectAttendance(Guid SessionId, Guid ByAccount, Guid MemberId, string? Status, string? Note) : RoomCommand<AttendanceItem>(SessionId);
