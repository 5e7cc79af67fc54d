using GroupTherapy.Contracts.Enrollment.V1;

namespace GroupTherapy.Room.Domain;

/// <summary>Asks for a ticket into a session.</summary>
/// <param name="FacilitatorIn">The practices in which the account is a facilitator.</param>
/// <param name="TicketHash">Of the ticket that is handed out if the person may come.</param>
/// <param name="Address">For an emergency; kept sealed.</param>
public sealed record Join(
    Guid SessionId,
    Guid AccountId,
    IReadOnlyCollection<string> FacilitatorIn,
    bool IsMember,
    string? Jurisdiction,
    string? Address,
    bool? Alone,
    string? Alias,
    byte[] TicketHash
) : RoomCommand<JoinAnswer>(SessionId);

/// <summary>How a join was answered.</summary>
/// <param name="ExpiresAt">Of the ticket; null when there is none.</param>
/// <param name="Refused">Why there is no ticket.</param>
/// <param name="Decision">The licensing answer; null for facilitators.</param>
public sealed record JoinAnswer(DateTimeOffset? ExpiresAt, JoinRefusal? Refused, JoinDecision? Decision, Guid ParticipantId = default);

/// <summary>Why a join has no ticket.</summary>
/// <param name="Field">The field that is wrong; <paramref name="Sentence"/> says how.</param>
/// <param name="OpensAt">When the lobby opens; for a room that is not open yet.</param>
public sealed record JoinRefusal(int Status, string Code, string Sentence, string? Field = null, DateTimeOffset? OpensAt = null);

/// <summary>A licensing answer at joining, with the permit that it comes from.</summary>
public sealed record JoinDecision(Guid Id, LocationDecision Answer, PermitChanged Permit);

/// <summary>Spends a ticket and makes a connection part of the room.</summary>
/// <param name="Cursors">The positions that the client says it has seen; null for none.</param>
public sealed record Enter(
    Guid SessionId,
    string ConnectionId,
    Guid NodeId,
    Guid AccountId,
    Guid SignInId,
    DateTimeOffset SignInEndsAt,
    byte[] TicketHash,
    IReadOnlyDictionary<string, long>? Cursors
) : RoomCommand<Entered>(SessionId);

/// <summary>The answer to entering: one view of the room.</summary>
/// <param name="Starts">From where each stream is given.</param>
/// <param name="Given">Up to where each stream is given with the answer.</param>
/// <param name="PrivateEnd">Where the person's private stream ends, and in <paramref name="RoomEnd"/> the room's.</param>
/// <param name="Now">The settings of the room.</param>
/// <param name="WaitingText">For a waiting participant; null for others.</param>
/// <param name="Waiting">For staff: the waiting participants, the longest first; null for others.</param>
public sealed record Entered(
    Participant Me,
    string Phase,
    IReadOnlyList<Actor> Participants,
    IReadOnlyList<StreamStart> Starts,
    IReadOnlyDictionary<string, long> Given,
    long PrivateEnd,
    long RoomEnd,
    RoomNow Now,
    string? WaitingText,
    IReadOnlyList<WaitingPerson>? Waiting,
    string Camera = CameraPolicies.Optional
);
