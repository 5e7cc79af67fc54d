using System.Collections.Immutable;
using GroupTherapy.Platform.Data;
using GroupTherapy.Room.Domain;

namespace GroupTherapy.Room.Storage;

/// <summary>Rooms as they were loaded.</summary>
/// <param name="LeaseTerm">The term in which this node may write; null when its lease is over.</param>
internal sealed record LoadedRooms(IReadOnlyDictionary<Guid, RoomState> Rooms, long? LeaseTerm);

/// <summary>Locks rooms in the order of their ids and loads them, all in one round trip.</summary>
internal sealed class RoomLoader(RoomKeys keys, NodeLease lease, RoomTimes times)
{
    // The first statement locks; each later one sees everything that was committed before the lock was granted.
    private static readonly string RoomsSql =
        $"""
         select {SessionRows.Columns.Names} from sessions where session_id = any(@sessions) order by session_id for no key update;
         select session_id, {ParticipantRows.Columns.Names} from participants where session_id = any(@sessions);
         select session_id, account_id, role from session_staff where session_id = any(@sessions);
         select session_id, connection_id, participant_id, node_id, sign_in_id, sign_in_ends_at, entered_at, ending, closes_at
         from connections where session_id = any(@sessions);
         select session_id, stream, last_seq, last_at from room_streams where session_id = any(@sessions);
         select session_id, seen_at from staff_presence where session_id = any(@sessions);
         select account_id, roles, facilitator_in
         from (select unnest(@accounts) as account_id union select account_id from participants where session_id = any(@sessions)) a
         join account_roles using (account_id);
         select term from nodes where node_id = @node and {NodeLease.Counts};
         """;

    /// <summary>Loads and locks the rooms of all commands.</summary>
    /// <param name="lockWait">How long to wait for a room that another transaction has locked, as PostgreSQL writes it.</param>
    public async Task<LoadedRooms> LoadAsync(UnitOfWork work, LoadPlan plan, string lockWait)
    {
        var facts = new FactsReader(plan);
        await using var read = await work.QueryTogetherAsync($"set local lock_timeout = '{lockWait}'; {RoomsSql} {facts.Sql}", Arguments(plan));

        var sessions = (await read.ReadAsync<SessionState>()).ToDictionary(s => s.SessionId);
        var participants = read.Read<Guid, Participant, (Guid Session, Participant Who)>((session, who) => (session, who), "participant_id")
            .ToLookup(p => p.Session, p => p.Who);
        var staff = (await read.ReadAsync<StaffRow>()).ToLookup(s => s.SessionId);
        var connections = read.Read<Guid, ConnectionState, (Guid Session, ConnectionState State)>((session, state) => (session, state), "connection_id")
            .ToLookup(c => c.Session, c => c.State);
        var streams = (await read.ReadAsync<StreamRow>()).ToLookup(s => s.SessionId);
        var presence = (await read.ReadAsync<SeenRow>()).ToDictionary(s => s.SessionId, s => s.SeenAt);
        var roles = (await read.ReadAsync<RolesRow>()).ToList();
        var term = await read.ReadFirstOrDefaultAsync<long?>();
        await facts.ReadAsync(read);
        return new LoadedRooms(
            sessions.Values.ToDictionary(s => s.SessionId, s => new RoomState(s, times)
            {
                Key = keys.Unwrap(s.SessionId, s.WrappedKey),
                Participants = participants[s.SessionId].ToImmutableSortedDictionary(p => p.ParticipantId, p => p),
                Staff = staff[s.SessionId].ToImmutableDictionary(f => f.AccountId, f => f.Role),
                AccountRoles = roles.ToImmutableDictionary(r => r.AccountId, r => r.In(s.Practice)),
                Connections = connections[s.SessionId].ToImmutableDictionary(c => c.ConnectionId),
                Streams = streams[s.SessionId].ToImmutableDictionary(t => t.Stream, t => new StreamEnd(t.LastSeq, t.LastAt)),
                StaffSeenAt = presence.TryGetValue(s.SessionId, out var seen) ? seen : null,
                LeaseTerm = term,
                Facts = facts.Of(s.SessionId),
            }),
            term);
    }

    private object Arguments(LoadPlan plan) => new
    {
        sessions = plan.Sessions.ToArray(),
        accounts = plan.Accounts.ToArray(),
        node = lease.NodeId,
        signIns = plan.SignIns.ToArray(),
        postSessions = plan.Posts.Select(p => p.Session).ToArray(),
        postSenders = plan.Posts.Select(p => p.Participant).ToArray(),
        postIds = plan.Posts.Select(p => p.ClientId).ToArray(),
        messageSessions = plan.Messages.Select(m => m.Session).ToArray(),
        messageStreams = plan.Messages.Select(m => m.Stream).ToArray(),
        messageSeqs = plan.Messages.Select(m => m.Seq).ToArray(),
        messageReaders = plan.Messages.Select(m => m.Participant).ToArray(),
        ticketSessions = plan.Tickets.ToArray(),
        permitSessions = plan.Permits.Select(p => p.Session).ToArray(),
        permitAccounts = plan.Permits.Select(p => p.Account).ToArray(),
        permitParticipants = plan.Permits.Select(p => p.Participant).ToArray(),
        permitEnrollments = plan.Enrollments.ToArray(),
        nameSessions = plan.Names.ToArray(),
        enrolledSessions = plan.Enrolled.ToArray(),
        calendarSessions = plan.Calendars.ToArray(),
        attendanceSessions = plan.Attendance.ToArray(),
    };

    private sealed record StaffRow(Guid SessionId, Guid AccountId, string Role);

    private sealed record StreamRow(Guid SessionId, string Stream, long LastSeq, DateTimeOffset LastAt);

    private sealed record SeenRow(Guid SessionId, DateTimeOffset SeenAt);

    /// <param name="FacilitatorIn">Null until Identity has told in which practices: then wherever a practice has put them.</param>
    private sealed record RolesRow(Guid AccountId, string[] Roles, string[]? FacilitatorIn)
    {
        public string[] In(string practice) =>
            FacilitatorIn is null || FacilitatorIn.Contains(practice) ? Roles : [.. Roles.Where(r => r != Domain.AccountRoles.Facilitator)];
    }
}
