using GroupTherapy.Contracts.Enrollment.V1;

namespace GroupTherapy.Room.Domain;

/// <summary>An event as it is appended. Its data is JSON to be; kinds with people's words are sealed.</summary>
public sealed record RoomEvent(string Stream, long Seq, DateTimeOffset At, string Kind, Actor? By, object Data);

/// <summary>Remembers a message under its sender's own id.</summary>
public sealed record PostRow(Guid ParticipantId, string ClientId, string Stream, long Seq, byte[] Digest);

public sealed record ReactionRow(string Stream, long Seq, Guid ParticipantId, byte[] Digest);

/// <summary>A facilitator's reason, to be sealed.</summary>
public sealed record NoteRow(Guid Id, Guid ById, string Act, Guid? ParticipantId, string Text);

public sealed record TicketRow(byte[] Hash, Guid ParticipantId, Guid AccountId, DateTimeOffset ExpiresAt);

public sealed record DecisionRow(
    Guid Id,
    Guid ParticipantId,
    Guid PermitId,
    long PermitVersion,
    string Point,
    string Jurisdiction,
    string Outcome,
    IReadOnlyList<string> ReasonCodes
);

public sealed record IncidentRow(Guid Id, DateTimeOffset StaffSeenAt, DateTimeOffset HeldUntil, int MembersPresent);

public sealed record CorrectionRow(Guid Id, Guid MemberId, long Version, string? Status, string? Note, Guid ByAccount);

public sealed record AuditRow(string Act, string Who, Guid? Subject, object Data);

/// <summary>The changes that decisions made in one room: which rows changed (their values are in the new state), and the rows that are new.</summary>
public sealed class RoomChanges
{
    public bool IsNewSession { get; set; }

    public bool Session { get; set; }

    public bool StaffList { get; set; }

    /// <summary>Staff sent a heartbeat at this instant.</summary>
    public DateTimeOffset? StaffSeenAt { get; set; }

    public HashSet<Guid> Participants { get; } = [];

    public HashSet<string> Connections { get; } = [];

    public HashSet<string> Streams { get; } = [];

    public List<RoomEvent> Events { get; } = [];

    public List<PostRow> Posts { get; } = [];

    public List<(string Stream, long Seq)> Hidden { get; } = [];

    /// <summary>Messages that their authors took back.</summary>
    public List<(string Stream, long Seq)> Retracted { get; } = [];

    public List<ReactionRow> Reactions { get; } = [];

    public List<NoteRow> Notes { get; } = [];

    public List<TicketRow> NewTickets { get; } = [];

    public List<byte[]> SpentTickets { get; } = [];

    /// <summary>All tickets of these participants are dead.</summary>
    public HashSet<Guid> RevokedTickets { get; } = [];

    public bool AllTicketsRevoked { get; set; }

    /// <summary>Retention is over: digests of messages and reactions, and addresses, are deleted.</summary>
    public bool Forgets { get; set; }

    public List<DecisionRow> Decisions { get; } = [];

    /// <summary>To be sealed.</summary>
    public Dictionary<Guid, string> Addresses { get; } = [];

    public List<PermitChanged> Permits { get; } = [];

    public List<IncidentRow> Incidents { get; } = [];

    /// <summary>How the open incident ended.</summary>
    public string? IncidentOutcome { get; set; }

    public List<CorrectionRow> Corrections { get; } = [];

    /// <summary>When each deadline is due; null drops it.</summary>
    public Dictionary<(string Kind, Guid Subject), DateTimeOffset?> Deadlines { get; } = [];

    /// <summary>Messages for other services.</summary>
    public List<object> Messages { get; } = [];

    public List<AuditRow> Audit { get; } = [];

    /// <summary>After the commit every node looks which connections have to end.</summary>
    public bool ChecksConnections { get; set; }

    /// <summary>A participant's media rights have changed: the media server must be made to agree.</summary>
    public bool Media { get; set; }

    /// <summary>Nothing is saved, but what nodes remember of the room is stale.</summary>
    public bool Invalidates { get; set; }

    /// <summary>Whether rows of the room changed, so that its version grows.</summary>
    public bool ChangesRows =>
        Session
        || StaffList
        || Invalidates
        || StaffSeenAt is not null
        || Participants.Count + Connections.Count + Streams.Count + Hidden.Count + Retracted.Count + Reactions.Count + Notes.Count > 0
        || NewTickets.Count
            + SpentTickets.Count
            + RevokedTickets.Count
            + Decisions.Count
            + Addresses.Count
            + Permits.Count
            + Corrections.Count
            + Deadlines.Count
            > 0
        || AllTicketsRevoked;

    /// <summary>Whether there is anything to save.</summary>
    public bool IsEmpty => !ChangesRows && Messages.Count == 0 && Audit.Count == 0;

    /// <summary>Adds what the next command of the same batch changed.</summary>
    public void Add(RoomChanges next)
    {
        (IsNewSession, Session, StaffList) = (IsNewSession || next.IsNewSession, Session || next.Session, StaffList || next.StaffList);
        (ChecksConnections, Invalidates) = (ChecksConnections || next.ChecksConnections, Invalidates || next.Invalidates);
        (Forgets, Media) = (Forgets || next.Forgets, Media || next.Media);
        StaffSeenAt = next.StaffSeenAt > StaffSeenAt || StaffSeenAt is null ? next.StaffSeenAt ?? StaffSeenAt : StaffSeenAt;
        IncidentOutcome = next.IncidentOutcome ?? IncidentOutcome;
        if (next.AllTicketsRevoked)
        {
            AllTicketsRevoked = true;
            NewTickets.Clear();
        }

        // Revoked tickets are deleted before new ones are inserted, so those that were new in this batch are dropped here.
        NewTickets.RemoveAll(t => next.RevokedTickets.Contains(t.ParticipantId) || next.SpentTickets.Exists(s => s.AsSpan().SequenceEqual(t.Hash)));
        Participants.UnionWith(next.Participants);
        Connections.UnionWith(next.Connections);
        Streams.UnionWith(next.Streams);
        Events.AddRange(next.Events);
        Posts.AddRange(next.Posts);
        Hidden.AddRange(next.Hidden);
        Retracted.AddRange(next.Retracted);
        Reactions.AddRange(next.Reactions);
        Notes.AddRange(next.Notes);
        NewTickets.AddRange(next.NewTickets);
        SpentTickets.AddRange(next.SpentTickets);
        RevokedTickets.UnionWith(next.RevokedTickets);
        Decisions.AddRange(next.Decisions);
        Permits.AddRange(next.Permits);
        Incidents.AddRange(next.Incidents);
        Corrections.AddRange(next.Corrections);
        Messages.AddRange(next.Messages);
        Audit.AddRange(next.Audit);
        foreach (var (participant, address) in next.Addresses)
        {
            Addresses[participant] = address;
        }

        foreach (var (deadline, dueAt) in next.Deadlines)
        {
            Deadlines[deadline] = dueAt;
        }
    }
}
