using System.Collections.Immutable;
using System.Text.Json;
using Dapper;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Room.Domain;

namespace GroupTherapy.Room.Storage;

/// <summary>Reads the facts that commands need beside their rooms: the statements of their plan, each with the reader of its rows.</summary>
internal sealed class FactsReader
{
    private const string PostsSql = """
        select p.session_id, p.participant_id, p.client_id, p.stream, p.seq, e.at, p.digest
        from unnest(@postSessions, @postSenders, @postIds) as g (session_id, participant_id, client_id)
        join posts p using (session_id, participant_id, client_id)
        join room_events e on e.session_id = p.session_id and e.stream = p.stream and e.seq = p.seq;
        """;

    private const string MessagesSql = """
        select distinct e.session_id, e.stream, e.seq, e.by_id,
            exists (select 1 from hidden_messages h where h.session_id = e.session_id and h.stream = e.stream and h.seq = e.seq) as hidden,
            exists (select 1 from retracted_messages r where r.session_id = e.session_id and r.stream = e.stream and r.seq = e.seq) as retracted
        from unnest(@messageSessions, @messageStreams, @messageSeqs) as g (session_id, stream, seq)
        join room_events e using (session_id, stream, seq) where e.kind = 'message.posted';
        """;

    private const string ReactionsSql = """
        select r.session_id, r.stream, r.seq, r.participant_id, r.digest
        from unnest(@messageSessions, @messageStreams, @messageSeqs, @messageReaders) as g (session_id, stream, seq, participant_id)
        join reactions r using (session_id, stream, seq, participant_id);
        """;

    private const string TicketsSql = "select session_id, hash, participant_id, account_id, expires_at from tickets where session_id = any(@ticketSessions);";

    private const string PermitsSql = """
        select distinct p.session_id, p.enrollment_id, coalesce(e.active, true) as active, p.body
        from unnest(@permitSessions, @permitAccounts::uuid[], @permitParticipants::uuid[]) as g (session_id, account_id, participant_id)
        left join participants q on q.session_id = g.session_id and q.participant_id = g.participant_id
        join permits p on p.session_id = g.session_id and p.member_id = coalesce(g.account_id, q.account_id, p.member_id)
        left join enrollments e on e.enrollment_id = p.enrollment_id;
        """;

    private const string EndedSql = "select enrollment_id from enrollments where enrollment_id = any(@permitEnrollments) and not active;";

    private const string NamesSql = """
        select s.session_id, s.account_id, n.display_name
        from session_staff s join facilitator_names n on n.facilitator_id = s.account_id where s.session_id = any(@nameSessions);
        """;

    private const string EnrolledSql = """
        select s.session_id, e.member_id, (
            select min(a.starts_at) from sessions a
            where a.group_id = s.group_id and a.admits_new and not a.cancelled and a.ends_at > e.confirmed_at) as first_starts_at
        from sessions s join enrollments e on e.group_id = s.group_id and e.active where s.session_id = any(@enrolledSessions);
        """;

    // What has ended, was cancelled or has begun before this session blocks no facilitator.
    private const string CalendarsSql = """
        select s.session_id, f.account_id, min(o.starts_at) as starts_at
        from sessions s join session_staff f on f.session_id = s.session_id
        join session_staff b on b.account_id = f.account_id and b.session_id <> s.session_id
        join sessions o on o.session_id = b.session_id and not o.cancelled and o.phase <> 'ended' and o.starts_at > s.starts_at
        where s.session_id = any(@calendarSessions) group by s.session_id, f.account_id;
        """;

    private readonly LoadPlan _plan;
    private readonly List<(string Sql, Func<SqlMapper.GridReader, Task> Read)> _parts = [];
    private ImmutableHashSet<Guid> _revoked = [];
    private ImmutableHashSet<Guid> _ended = [];
    private ILookup<Guid, PostedRow> _posts = Nothing<PostedRow>();
    private ILookup<Guid, MessageRow> _messages = Nothing<MessageRow>();
    private ILookup<Guid, ReactedRow> _reactions = Nothing<ReactedRow>();
    private ILookup<Guid, TicketRow> _tickets = Nothing<TicketRow>();
    private ILookup<Guid, PermitRow> _permits = Nothing<PermitRow>();
    private ILookup<Guid, NameRow> _names = Nothing<NameRow>();
    private ILookup<Guid, EnrolledRow> _enrolled = Nothing<EnrolledRow>();
    private ILookup<Guid, BusyRow> _calendars = Nothing<BusyRow>();
    private Func<Guid, AttendanceFacts>? _attendance;

    public FactsReader(LoadPlan plan)
    {
        _plan = plan;
        Add(plan.SignIns.Count, "select sign_in_id from revoked_sign_ins where sign_in_id = any(@signIns);", async r => _revoked = await IdsAsync(r));
        Add(plan.Posts.Count, PostsSql, async r => _posts = await RowsAsync<PostedRow>(r, p => p.SessionId));
        Add(plan.Messages.Count, MessagesSql, async r => _messages = await RowsAsync<MessageRow>(r, m => m.SessionId));
        Add(plan.Messages.Count, ReactionsSql, async r => _reactions = await RowsAsync<ReactedRow>(r, x => x.SessionId));
        Add(plan.Tickets.Count, TicketsSql, async r => _tickets = await RowsAsync<TicketRow>(r, t => t.SessionId));
        Add(plan.Permits.Count, PermitsSql, async r => _permits = await RowsAsync<PermitRow>(r, p => p.SessionId));
        Add(plan.Enrollments.Count, EndedSql, async r => _ended = await IdsAsync(r));
        Add(plan.Names.Count, NamesSql, async r => _names = await RowsAsync<NameRow>(r, n => n.SessionId));
        Add(plan.Enrolled.Count, EnrolledSql, async r => _enrolled = await RowsAsync<EnrolledRow>(r, e => e.SessionId));
        Add(plan.Calendars.Count, CalendarsSql, async r => _calendars = await RowsAsync<BusyRow>(r, b => b.SessionId));
        Add(plan.Attendance.Count, AttendanceRows.Sql, async r => _attendance = await AttendanceRows.ReadAsync(r));
    }

    /// <summary>All statements, in the order in which <see cref="ReadAsync"/> reads their rows.</summary>
    public string Sql => string.Concat(_parts.Select(p => p.Sql));

    public async Task ReadAsync(SqlMapper.GridReader rows)
    {
        foreach (var (_, read) in _parts)
        {
            await read(rows);
        }
    }

    /// <summary>The facts about one session.</summary>
    public RoomFacts Of(Guid session) =>
        new()
        {
            RevokedSignIns = _revoked,
            KnownPosts = _posts[session].ToImmutableDictionary(p => (p.ParticipantId, p.ClientId), p => new KnownPost(p.Stream, p.Seq, p.At, p.Digest)),
            Messages = _messages[session].ToImmutableDictionary(m => (m.Stream, m.Seq), m => new KnownMessage(m.ById, m.Hidden, m.Retracted)),
            Reactions = [.. _reactions[session].Select(r => (r.Stream, r.Seq, r.ParticipantId, Convert.ToHexString(r.Digest)))],
            Tickets = _tickets[session].ToImmutableDictionary(t => Convert.ToHexString(t.Hash), t => new Ticket(t.ParticipantId, t.AccountId, t.ExpiresAt)),
            Permits = [.. _permits[session].Select(p => p.Permit)],
            EndedEnrollments = _ended,
            Names = _names[session].ToImmutableDictionary(n => n.AccountId, n => n.DisplayName),
            NextSessions = _calendars[session].ToImmutableDictionary(c => c.AccountId, c => c.StartsAt),
            Enrolled = _enrolled[session].GroupBy(e => e.MemberId).ToImmutableDictionary(e => e.Key, e => e.Min(row => row.FirstStartsAt)),
            Attendance = _plan.Attendance.Contains(session) ? _attendance!(session) : null,
        };

    private void Add(int wanted, string sql, Func<SqlMapper.GridReader, Task> read)
    {
        if (wanted > 0)
        {
            _parts.Add((sql, read));
        }
    }

    private static async Task<ILookup<Guid, T>> RowsAsync<T>(SqlMapper.GridReader rows, Func<T, Guid> session) => (await rows.ReadAsync<T>()).ToLookup(session);

    private static async Task<ImmutableHashSet<Guid>> IdsAsync(SqlMapper.GridReader rows) => [.. await rows.ReadAsync<Guid>()];

    private static ILookup<Guid, T> Nothing<T>() => Enumerable.Empty<T>().ToLookup(_ => Guid.Empty);

    private sealed record PostedRow(Guid SessionId, Guid ParticipantId, string ClientId, string Stream, long Seq, DateTimeOffset At, byte[] Digest);

    private sealed record MessageRow(Guid SessionId, string Stream, long Seq, Guid ById, bool Hidden, bool Retracted);

    private sealed record ReactedRow(Guid SessionId, string Stream, long Seq, Guid ParticipantId, byte[] Digest);

    private sealed record TicketRow(Guid SessionId, byte[] Hash, Guid ParticipantId, Guid AccountId, DateTimeOffset ExpiresAt);

    private sealed record PermitRow(Guid SessionId, Guid EnrollmentId, bool Active, string Body)
    {
        public KnownPermit Permit => new(EnrollmentId, Active, JsonSerializer.Deserialize<PermitChanged>(Body, MessageTypes.Json)!);
    }

    private sealed record BusyRow(Guid SessionId, Guid AccountId, DateTimeOffset StartsAt);

    private sealed record NameRow(Guid SessionId, Guid AccountId, string DisplayName);

    private sealed record EnrolledRow(Guid SessionId, Guid MemberId, DateTimeOffset? FirstStartsAt);
}
