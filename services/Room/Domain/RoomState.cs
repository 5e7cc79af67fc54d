using System.Collections.Immutable;
using GroupTherapy.Contracts.Enrollment.V1;

namespace GroupTherapy.Room.Domain;

/// <summary>A room as a command finds it: the whole aggregate, and the facts that the command asked for.</summary>
public sealed record RoomState(SessionState Session, RoomTimes Times)
{
    public SessionKey? Key { get; init; }

    /// <summary>By participant id.</summary>
    public ImmutableSortedDictionary<Guid, Participant> Participants { get; init; } = ImmutableSortedDictionary<Guid, Participant>.Empty;

    /// <summary>The planned staff of the session: account to role.</summary>
    public ImmutableDictionary<Guid, string> Staff { get; init; } = ImmutableDictionary<Guid, string>.Empty;

    /// <summary>The roles of accounts, as Identity reported them; an account without an entry has the roles of its token.</summary>
    public ImmutableDictionary<Guid, string[]> AccountRoles { get; init; } = ImmutableDictionary<Guid, string[]>.Empty;

    public ImmutableDictionary<string, ConnectionState> Connections { get; init; } = ImmutableDictionary<string, ConnectionState>.Empty;

    public ImmutableDictionary<string, StreamEnd> Streams { get; init; } = ImmutableDictionary<string, StreamEnd>.Empty;

    /// <summary>The last heartbeat of staff; null when there was none.</summary>
    public DateTimeOffset? StaffSeenAt { get; init; }

    /// <summary>The term in which this node may write; null when its lease is over.</summary>
    public long? LeaseTerm { get; init; }

    /// <summary>False for a state from memory: heartbeats of staff are not in it.</summary>
    public bool IsFresh { get; init; } = true;

    public RoomFacts Facts { get; init; } = RoomFacts.None;

    public Guid SessionId => Session.SessionId;

    public Participant? Find(Guid participant) => Participants.GetValueOrDefault(participant);

    public Participant? OfAccount(Guid account) => Participants.Values.FirstOrDefault(p => p.AccountId == account);

    public bool IsConnected(Guid participant) => Connections.Values.Any(c => c.ParticipantId == participant);

    public long EndOf(string stream) => Streams.TryGetValue(stream, out var end) ? end.Seq : 0;
}

/// <summary>Where a stream ends.</summary>
public readonly record struct StreamEnd(long Seq, DateTimeOffset At);

/// <summary>One open connection of a participant.</summary>
/// <param name="Ending">Why it ends; null while it counts.</param>
/// <param name="ClosesAt">Its person lost the right to be here and is being told; it closes at this instant.</param>
public sealed record ConnectionState(
    string ConnectionId,
    Guid ParticipantId,
    Guid NodeId,
    Guid SignInId,
    DateTimeOffset SignInEndsAt,
    DateTimeOffset EnteredAt,
    string? Ending = null,
    DateTimeOffset? ClosesAt = null
);

/// <summary>The facts that commands need beside the aggregate. Kept true while the commands of one batch follow one another.</summary>
public sealed record RoomFacts
{
    public static RoomFacts None { get; } = new();

    /// <summary>Of the sign-ins that the commands name.</summary>
    public ImmutableHashSet<Guid> RevokedSignIns { get; init; } = [];

    /// <summary>Messages that are in the log under a participant's own ids.</summary>
    public ImmutableDictionary<(Guid Participant, string ClientId), KnownPost> KnownPosts { get; init; } = ImmutableDictionary<(Guid, string), KnownPost>.Empty;

    public ImmutableDictionary<(string Stream, long Seq), KnownMessage> Messages { get; init; } = ImmutableDictionary<(string, long), KnownMessage>.Empty;

    /// <summary>Digests of reactions that are there already.</summary>
    public ImmutableHashSet<(string Stream, long Seq, Guid Participant, string Digest)> Reactions { get; init; } = [];

    /// <summary>Tickets that may still be spent, by their hash in hexadecimal.</summary>
    public ImmutableDictionary<string, Ticket> Tickets { get; init; } = ImmutableDictionary<string, Ticket>.Empty;

    public ImmutableList<KnownPermit> Permits { get; init; } = [];

    /// <summary>Public names of facilitators, by account.</summary>
    public ImmutableDictionary<Guid, string> Names { get; init; } = ImmutableDictionary<Guid, string>.Empty;

    /// <summary>Enrollments that are over, among those of the permits that commands bring.</summary>
    public ImmutableHashSet<Guid> EndedEnrollments { get; init; } = [];

    /// <summary>
    /// Members with an active enrollment in the group, as far as commands ask, each with the start of the first session that admits new members and ends after
    /// their seat was confirmed; null where no such session is known.
    /// </summary>
    public ImmutableDictionary<Guid, DateTimeOffset?> Enrolled { get; init; } = ImmutableDictionary<Guid, DateTimeOffset?>.Empty;

    /// <summary>By account of staff: the start of the next other session that they lead or help to lead. Loaded for <see cref="Extend"/>.</summary>
    public ImmutableDictionary<Guid, DateTimeOffset> NextSessions { get; init; } = ImmutableDictionary<Guid, DateTimeOffset>.Empty;

    /// <summary>Null unless a command counts attendance.</summary>
    public AttendanceFacts? Attendance { get; init; }
}

/// <summary>A message that is in the log already.</summary>
public sealed record KnownPost(string Stream, long Seq, DateTimeOffset At, byte[] Digest);

/// <param name="Retracted">Its author took it back.</param>
public sealed record KnownMessage(Guid ById, bool Hidden, bool Retracted = false);

public sealed record Ticket(Guid ParticipantId, Guid AccountId, DateTimeOffset ExpiresAt);

/// <summary>A permit that Enrollment published.</summary>
/// <param name="Active">Its enrollment is not over.</param>
public sealed record KnownPermit(Guid EnrollmentId, bool Active, PermitChanged Permit);

/// <summary>The events that attendance is counted from.</summary>
/// <param name="Waits">Arrivals in the waiting room and departures from it.</param>
/// <param name="Corrections">By member, oldest first.</param>
public sealed record AttendanceFacts(
    ImmutableList<Movement> Movements,
    ImmutableList<Movement> Waits,
    ImmutableDictionary<Guid, ImmutableList<Correction>> Corrections
)
{
    /// <summary>Members who said beforehand that they will not come.</summary>
    public ImmutableHashSet<Guid> Absent { get; init; } = [];
}
