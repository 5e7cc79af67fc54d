using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Dapper;
using GroupTherapy.Contracts.Enrollment.V1;
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
         select session_id, connection_id, participant_id, node_id, sign_in_id, sign_in_ends_at, entered_at, ending, closes_at from connections where
             session_id = any(@sessions);
         select session_id, stream, last_seq, last_at from room_streams where session_id = any(@sessions);
         select session_id, seen_at from staff_presence where session_id = any(@sessions);
         select account_id, roles, facilitator_in from (
             select unnest(@accounts) as account_id union select account_id from participants where session_id = any(@sessions)) a
             join account_roles using (account_id);
         select term from nodes where node_id = @node and {NodeLease.Counts};
         """;

    private const string SignInsSql = "select sign_in_id from revoked_sign_ins where sign_in_id = any(@signIns);";

    private const string PostsSql =
        """
        select p.session_id, p.participant_id, p.client_id, p.stream, p.seq, e.at, p.digest from unnest(@postSessions, @postSenders, @postIds) as g
            (session_id, participant_id, client_id)
        join posts p using (session_id, participant_id, client_id) join room_events e on e.session_id = p.session_id and e.stream = p.stream and e.seq = p.seq;
        """;

    private const string MessagesSql =
        """
        select e.session_id, e.stream, e.seq, e.by_id, exists (select 1 from hidden_messages h where h.session_id = e.session_id and h.stream = e.stream and
            h.seq = e.seq) as hidden,
            exists (select 1 from retracted_messages h where h.session_id = e.session_id and h.stream = e.stream and h.seq = e.seq) as retracted
        from unnest(@messageSessions, @messageStreams, @messageSeqs) as g (session_id, stream, seq) join room_events e using (session_id, stream, seq) where
            e.kind = 'message.posted';
        select r.session_id, r.stream, r.seq, r.participant_id, r.digest from unnest(@messageSessions, @messageStreams, @messageSeqs, @messageReaders) as g
            (session_id, stream, seq, participant_id)
        join reactions r using (session_id, stream, seq, participant_id);
        """;

    private const string TicketsSql = "select session_id, hash, participant_id, account_id, expires_at from tickets where session_id = any(@ticketSessions);";

    private const string PermitsSql =
        """
        select distinct p.session_id, p.enrollment_id, coalesce(e.active, true) as active, p.body from unnest(@permitSessions, @permitAccounts::uuid[],
            @permitParticipants::uuid[]) as g (session_id, account_id, participant_id)
        left join participants q on q.session_id = g.session_id and q.participant_id = g.participant_id
        join permits p on p.session_id = g.session_id and p.member_id = coalesce(g.account_id, q.account_id, p.member_id)
        left join enrollments e on e.enrollment_id = p.enrollment_id;
        select enrollment_id from enrollments where enrollment_id = any(@permitEnrollments) and not active;
        """;

    private const string NamesSql =
        """
        select s.session_id, s.account_id, n.display_name from session_staff s join facilitator_names n on n.facilitator_id = s.account_id
        where s.session_id = any(@nameSessions);
        """;

    private const string EnrolledSql =
        """
        select s.session_id, e.member_id, (
            select min(a.starts_at) from sessions a
            where a.group_id = s.group_id and a.admits_new and not a.cancelled and a.ends_at > e.confirmed_at) as first_starts_at
        from sessions s join enrollments e on e.group_id = s.group_id and e.active
        where s.session_id = any(@enrolledSessions);
        """;

    // What has ended, was cancelled or has begun before this session blocks no facilitator.
    private const string CalendarsSql =
        """
        select s.session_id, f.account_id, min(o.starts_at) as starts_at from sessions s
        join session_staff f on f.session_id = s.session_id join session_staff b on b.account_id = f.account_id and b.session_id <> s.session_id
        join sessions o on o.session_id = b.session_id and not o.cancelled and o.phase <> 'ended' and o.starts_at > s.starts_at
        where s.session_id = any(@calendarSessions) group by s.session_id, f.account_id;
        """;

    /// <summary>Loads and locks the rooms of all commands.</summary>
    /// <param name="lockWait">How long to wait for a room that another transaction has locked, as PostgreSQL writes it.</param>
    public async Task<LoadedRooms> LoadAsync(UnitOfWork work, LoadPlan plan, string lockWait)
    {
        var sql = new StringBuilder($"set local lock_timeout = '{lockWait}';").Append(RoomsSql);
        void Part(int count, string part) => sql.Append(count > 0 ? part : "");
        Part(plan.SignIns.Count, SignInsSql);
        Part(plan.Posts.Count, PostsSql);
        Part(plan.Messages.Count, MessagesSql);
        Part(plan.Tickets.Count, TicketsSql);
        Part(plan.Permits.Count, PermitsSql);
        Part(plan.Names.Count, NamesSql);
        Part(plan.Enrolled.Count, EnrolledSql);
        Part(plan.Calendars.Count, CalendarsSql);
        Part(plan.Attendance.Count, AttendanceRows.Sql);
        await using var read = await work.QueryTogetherAsync(sql.ToString(), Arguments(plan));

        var sessions = (await read.ReadAsync<SessionState>()).ToDictionary(s => s.SessionId);
        var participants = read.Read<Guid, Participant, (Guid Session, Participant Who)>((session, who) => (session, who), "participant_id").ToLookup(p =>
            p.Session, p => p.Who);
        var staff = (await read.ReadAsync<StaffRow>()).ToLookup(s => s.SessionId);
        var connections = read.Read<Guid, ConnectionState, (Guid Session, ConnectionState Connection)>((session, c) => (session, c),
            "connection_id").ToLookup(c => c.Session, c => c.Connection);
        var streams = (await read.ReadAsync<StreamRow>()).ToLookup(s => s.SessionId);
        var presence = (await read.ReadAsync<SeenRow>()).ToDictionary(s => s.SessionId, s => s.SeenAt);
        var roles = (await read.ReadAsync<RolesRow>()).ToList();
        var term = await read.ReadFirstOrDefaultAsync<long?>();
        var facts = await FactsAsync(read, plan);
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
                Facts = facts(s.SessionId),
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

    private static async Task<Func<Guid, RoomFacts>> FactsAsync(SqlMapper.GridReader read, LoadPlan plan)
    {
        async Task<ILookup<Guid, T>> PartAsync<T>(int count, Func<T, Guid> session) => (count > 0 ? await read.ReadAsync<T>() : []).ToLookup(session);

        ImmutableHashSet<Guid> revoked = plan.SignIns.Count > 0 ? [.. await read.ReadAsync<Guid>()] : [];
        var posts = await PartAsync<PostedRow>(plan.Posts.Count, r => r.SessionId);
        var messages = await PartAsync<MessageRow>(plan.Messages.Count, r => r.SessionId);
        var reactions = await PartAsync<ReactedRow>(plan.Messages.Count, r => r.SessionId);
        var tickets = await PartAsync<TicketOf>(plan.Tickets.Count, r => r.SessionId);
        var permits = await PartAsync<PermitRow>(plan.Permits.Count, r => r.SessionId);
        ImmutableHashSet<Guid> ended = plan.Permits.Count > 0 ? [.. await read.ReadAsync<Guid>()] : [];
        var names = await PartAsync<NameRow>(plan.Names.Count, r => r.SessionId);
        var enrolled = await PartAsync<EnrolledRow>(plan.Enrolled.Count, r => r.SessionId);
        var calendars = await PartAsync<BusyRow>(plan.Calendars.Count, r => r.SessionId);
        var attendance = plan.Attendance.Count > 0 ? await AttendanceRows.ReadAsync(read) : null;
        return session => new RoomFacts
        {
            RevokedSignIns = revoked,
            KnownPosts = posts[session].ToImmutableDictionary(p => (p.ParticipantId, p.ClientId), p => new KnownPost(p.Stream, p.Seq, p.At, p.Digest)),
            Messages = messages[session].DistinctBy(m => (m.Stream, m.Seq)).ToImmutableDictionary(m => (m.Stream, m.Seq), m =>
                new KnownMessage(m.ById, m.Hidden, m.Retracted)),
            Reactions = [.. reactions[session].Select(r => (r.Stream, r.Seq, r.ParticipantId, Convert.ToHexString(r.Digest)))],
            Tickets = tickets[session].ToImmutableDictionary(t => Convert.ToHexString(t.Hash), t => new Ticket(t.ParticipantId, t.AccountId, t.ExpiresAt)),
            Permits = [.. permits[session].Select(p => new KnownPermit(p.EnrollmentId, p.Active,
                JsonSerializer.Deserialize<PermitChanged>(p.Body, MessageTypes.Json)!))],
            EndedEnrollments = ended,
            Names = names[session].ToImmutableDictionary(n => n.AccountId, n => n.DisplayName),
            NextSessions = calendars[session].ToImmutableDictionary(c => c.AccountId, c => c.StartsAt),
            Enrolled = enrolled[session].GroupBy(e => e.MemberId).ToImmutableDictionary(e => e.Key, e => e.Min(row => row.FirstStartsAt)),
            Attendance = plan.Attendance.Contains(session) ? attendance!(session) : null,
        };
    }

    private sealed record StaffRow(Guid SessionId, Guid AccountId, string Role);

    private sealed record StreamRow(Guid SessionId, string Stream, long LastSeq, DateTimeOffset LastAt);

    private sealed record SeenRow(Guid SessionId, DateTimeOffset SeenAt);

    /// <param name="FacilitatorIn">Null until Identity has told in which practices: then wherever a practice has put them.</param>
    private sealed record RolesRow(Guid AccountId, string[] Roles, string[]? FacilitatorIn)
    {
        public string[] In(string practice) =>
            FacilitatorIn is null || FacilitatorIn.Contains(practice) ? Roles : [.. Roles.Where(r => r != Domain.AccountRoles.Facilitator)];
    }

    private sealed record PostedRow(Guid SessionId, Guid ParticipantId, string ClientId, string Stream, long Seq, DateTimeOffset At, byte[] Digest);

    private sealed record MessageRow(Guid SessionId, string Stream, long Seq, Guid ById, bool Hidden, bool Retracted);

    private sealed record ReactedRow(Guid SessionId, string Stream, long Seq, Guid ParticipantId, byte[] Digest);

    private sealed record TicketOf(Guid SessionId, byte[] Hash, Guid ParticipantId, Guid AccountId, DateTimeOffset ExpiresAt);

    private sealed record PermitRow(Guid SessionId, Guid EnrollmentId, bool Active, string Body);

    private sealed record BusyRow(Guid SessionId, Guid AccountId, DateTimeOffset StartsAt);

    private sealed record NameRow(Guid SessionId, Guid AccountId, string DisplayName);

    private sealed record EnrolledRow(Guid SessionId, Guid MemberId, DateTimeOffset? FirstStartsAt);
}
