using System.Collections.Immutable;
using Dapper;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;

namespace GroupTherapy.Enrollment.Storage;

/// <summary>
/// Loads the state of groups for a batch of commands, in one round trip where only seats are asked for. Locks are taken in one order: members and keys by id,
/// groups by id, then enrollments by id. A transaction that has a group waits for no member and no key: a waitlisted member's lock it only tries.
/// </summary>
public sealed class SeatStore(RuleSetCache ruleSets)
{
    private const int WaitlistAtMost = 25;

    // More than the free seats: some of the front may not be eligible.
    private const int WaitlistSpare = 5;

    /// <summary>Waitlisted members of a group <c>g</c> who may be offered a seat now.</summary>
    private static readonly string OfferableSql = $"""
        e.group_id = g.group_id and e.status = 'waitlisted' and {MayBeCheckedSql("@Now")}
            and {UnconfirmedSql("e.member_id")} < {SeatGroupState.UnconfirmedAtMost}
        """;

    /// <summary>Whether a waitlisted enrollment <c>e</c> was not passed over, as <see cref="SeatGroupState.NextWaiting"/> asks.</summary>
    internal static string MayBeCheckedSql(string now) => $"(e.passed_until is null or e.passed_until <= {now})";

    /// <summary>How many reservations and offers a member leaves unconfirmed, in all groups.</summary>
    internal static string UnconfirmedSql(string member) =>
        $"(select count(*)::int from enrollments u where u.member_id = {member} and u.status in ('reserved', 'offered'))";

    private static readonly string LoadSql = $"""
        {StoredResponses.KnownSql};
        select {GroupStore.Columns} from seat_groups g where group_id = any(@groupIds) order by group_id for no key update;
        select group_id, count(*)::int as waiting from enrollments where group_id = any(@groupIds) and status = 'waitlisted' group by group_id;
        with front as (
            select w.id from seat_groups g join unnest(@groupIds, @commands, @mayFree) as c (group_id, commands, may_free) on c.group_id = g.group_id
            cross join lateral (
                select e.id from enrollments e where {OfferableSql} and (c.may_free or g.taken < g.capacity)
                order by e.waitlist_order limit least({WaitlistAtMost}, greatest(g.capacity - g.taken, 0) + c.commands + {WaitlistSpare})) w)
        select e.id, e.group_id, e.member_id, e.status, e.waitlist_order, e.seat_held_until, e.offer_expires_at, e.passed_until, e.grace_until,
            e.review_since, e.end_reason, e.note, e.decision_id, e.standing_decision_id, e.created_at, e.changed_at, e.version,
            e.id = any(@enrollmentIds) as is_named, f.id is not null as is_front,
            case when f.id is not null then not pg_try_advisory_xact_lock(hashtextextended(e.member_id::text, 1)) else false end as is_busy
        from enrollments e left join front f on f.id = e.id
        where f.id is not null or e.id = any(@enrollmentIds) or (e.group_id = any(@closing) and e.status <> 'ended')
            or (e.status <> 'ended' and exists (
                select 1 from unnest(@memberIds, @memberGroupIds) as a (member_id, group_id) where a.member_id = e.member_id and a.group_id = e.group_id))
        order by e.id for no key update of e;
        {MembersSql};
        select {FactStore.Person.Columns} from facilitators where id in (select unnest(lead_id || co_ids) from seat_groups where group_id = any(@groupIds));
        {FactStore.Credential.LatestSql} where facilitator_id in (select unnest(lead_id || co_ids) from seat_groups where group_id = any(@groupIds))
            order by id, version desc;
        {ConsentStore.InForceSql}
        """;

    private static string MembersSql =>
        $"""
        select a.member_id, a.group_id, m.date_of_birth, {UnconfirmedSql("a.member_id")} as unconfirmed,
               (select count(*)::int from enrollments e where e.member_id = a.member_id and e.group_id = a.group_id and e.status = 'ended'
                   and e.end_reason in ('cancelled', 'expired') and e.changed_at > @dayAgo) as releases,
               exists (select 1 from intakes i join seat_groups g on g.practice = i.practice where i.member_id = a.member_id
                   and g.group_id = a.group_id) as intake_done
        from unnest(@memberIds, @memberGroupIds) as a (member_id, group_id) left join members m on m.id = a.member_id;
        select a.member_id, r.jurisdiction, r.since, r.postal_code, r.postal_state
        from (select distinct unnest(@memberIds) as member_id) a
        cross join lateral (select * from residences where member_id = a.member_id order by recorded_at desc, id desc limit 200) r
            order by a.member_id, r.recorded_at desc, r.id desc
        """;

    private const string HistoriesSql = """
        select e.id, latest.answer as latest, confirmed.rule_set as enrolled_under, confirmed.service_class as enrolled_service_class,
            asked.service_class as requested_service_class,
               (select inputs::json -> 'request' -> 'member' -> 'residence' ->> 'jurisdiction' from decisions
                   where id = e.decision_id) as confirmed_jurisdiction
        from enrollments e
        left join decisions latest on latest.id = coalesce(e.standing_decision_id, e.decision_id)
        left join lateral (
            select d.rule_set, d.inputs::json -> 'request' -> 'group' ->> 'serviceClass' as service_class from decisions d
            where d.member_id = e.member_id and d.enrollment_id = e.id and d.point = 'enrol' and d.outcome in ('allow', 'allow_with_conditions') order by d.id
                limit 1) confirmed on true
        left join lateral (
            select d.inputs::json -> 'request' -> 'group' ->> 'serviceClass' as service_class from decisions d where d.member_id = e.member_id
                and d.enrollment_id = e.id order by d.id limit 1) asked on true
        where e.id = any(@ids)
        """;

    /// <summary>Locks and reads everything that the commands need.</summary>
    /// <returns>The state of each group that is known, with the requests whose member or key is busy elsewhere and those that were answered before.</returns>
    internal async Task<SeatBatchState> LoadAsync(UnitOfWork work, IReadOnlyList<SeatRequest> requests, LockWait wait)
    {
        var timeline = await ruleSets.TimelineAsync(work);
        var rules = await ruleSets.InForceAsync(work, timeline, work.Now);
        await using var read = await work.QueryTogetherAsync($"{LockSql(wait)}; {LoadSql}", Parameters(work, requests));
        await read.ReadAsync();
        var busy = (await read.ReadAsync<Locked>()).Where(l => !l.IsFree).Select(l => (int)l.N - 1).ToHashSet();
        var known = (await read.ReadAsync<StoredResponses.Known>()).ToDictionary(k => (int)k.N - 1);
        var groups = (await read.ReadAsync<SeatGroup>()).ToDictionary(g => g.GroupId);

        // Counted by a statement of its own: one that waited for the lock sees what was true before it.
        var waiting = (await read.ReadAsync<WaitingRow>()).ToDictionary(w => w.GroupId, w => w.Waiting);
        var enrollments = read.Read<EnrollmentState, ReadFor, LoadedEnrollment>((state, why) => new(state, why), "is_named").AsList();
        var members = await ReadMembersAsync(read);
        var (people, credentials, consents) = (
            await read.ReadAsync<FactStore.Person>(),
            await read.ReadAsync<FactStore.Credential>(),
            (await read.ReadAsync<ConsentDocument>()).AsList()
        );
        await read.DisposeAsync();

        var staff = await FactStore.StaffAsync(work, people, credentials, null, work.Now);
        var asked = enrollments.Where(e => e.For.IsNamed || e.For.IsFront).ToList();
        var (others, histories) = asked.Count == 0 ? ([], []) : await ReadMoreAsync(work, asked);
        foreach (var (key, member) in others)
        {
            members[key] = member;
        }

        var found = groups.Values.ToDictionary(
            g => g.GroupId,
            g =>
                StateOf(
                    g,
                    waiting.GetValueOrDefault(g.GroupId),
                    [.. enrollments.Where(e => e.State.GroupId == g.GroupId)],
                    members,
                    histories,
                    staff,
                    consents,
                    rules,
                    timeline.NextAfter(work.Now),
                    requests
                )
        );
        return new SeatBatchState(found, busy, known);
    }

    private static SeatGroupState StateOf(
        SeatGroup group,
        int waiting,
        List<LoadedEnrollment> enrollments,
        Dictionary<(Guid Member, Guid Group), MemberState> members,
        Dictionary<Guid, EnrollmentHistory> histories,
        FactStore.Staff staff,
        IReadOnlyList<ConsentDocument> consents,
        CompiledRuleSet rules,
        DateTimeOffset? rulesChangeAt,
        IReadOnlyList<SeatRequest> requests
    )
    {
        var front = enrollments.Where(e => e.For.IsFront).OrderBy(e => e.State.WaitlistOrder).ToList();
        var ofGroup = members.Where(m => m.Key.Group == group.GroupId).ToDictionary(m => m.Key.Member, m => m.Value);
        foreach (var e in front.Where(e => e.For.IsBusy))
        {
            ofGroup[e.State.MemberId] = ofGroup[e.State.MemberId] with { IsBusy = true };
        }

        var commands = requests.Where(r => r.GroupId == group.GroupId).ToList();
        var isRead = group.Taken < group.Capacity || commands.Exists(MayFreeSeats);
        var limit = Math.Min(WaitlistAtMost, Math.Max(group.Capacity - group.Taken, 0) + commands.Count + WaitlistSpare);
        return new SeatGroupState(
            group,
            enrollments.ToImmutableDictionary(e => e.State.Id, e => e.State),
            [.. front.Select(e => e.State.Id)],
            isRead && front.Count < limit,
            waiting,
            ofGroup.ToImmutableDictionary(),
            histories.ToImmutableDictionary(),
            FactStore.FacilitatorsOf(group, group.LeadId, group.CoIds, staff),
            consents,
            rules,
            rulesChangeAt
        );
    }

    private static bool MayFreeSeats(SeatRequest request) => request.Command is not RequestSeat;

    // A member's own requests follow one another, and those with one key; other members' are not held up.
    private static string LockSql(LockWait wait)
    {
        var (member, key) =
            wait == LockWait.WaitForAll
                ? ("pg_advisory_xact_lock(hashtextextended(member_id::text, 1))::text = ''", StoredResponses.LockSql)
                : ("pg_try_advisory_xact_lock(hashtextextended(member_id::text, 1))", StoredResponses.TryLockSql);
        return $"""
            select set_config('lock_timeout', '{(wait == LockWait.NoWait ? "300ms" : "0")}', true);
            select n, case when member_id is null or {member} then {key} else false end as is_free
            from (select * from unnest(@members, @callers, @keys) with ordinality as u (member_id, asker, named, n) order by member_id, asker, named) a
            """;
    }

    private static object Parameters(UnitOfWork work, IReadOnlyList<SeatRequest> requests)
    {
        var counted = requests.Where(r => r.CountedMember is not null).Select(r => (Member: r.CountedMember!.Value, r.GroupId)).Distinct().ToList();
        var groups = requests.GroupBy(r => r.GroupId).ToList();
        return new
        {
            work.Now,
            expired = work.Now - Writes.KeptFor,
            dayAgo = work.Now.AddDays(-1),
            members = requests.Select(r => r.CountedMember).ToArray(),
            callers = requests.Select(r => r.Caller.AccountId).ToArray(),
            keys = requests.Select(r => r.Key?.Key).ToArray(),
            groupIds = groups.Select(g => g.Key).ToArray(),
            commands = groups.Select(g => g.Count()).ToArray(),
            mayFree = groups.Select(g => g.Any(MayFreeSeats)).ToArray(),
            enrollmentIds = requests.Select(r => r.Command).OfType<EnrollmentCommand>().Select(c => c.EnrollmentId).Distinct().ToArray(),
            closing = requests.Where(r => r.Command is ApplyGroupChange { IsClosing: true }).Select(r => r.GroupId).Distinct().ToArray(),
            memberIds = counted.Select(c => c.Member).ToArray(),
            memberGroupIds = counted.Select(c => c.GroupId).ToArray(),
        };
    }

    private static async Task<Dictionary<(Guid Member, Guid Group), MemberState>> ReadMembersAsync(SqlMapper.GridReader read)
    {
        var members = (await read.ReadAsync<MemberRow>()).AsList();
        var residences = (await read.ReadAsync<Residence>()).ToLookup(
            r => r.MemberId,
            r => new ResidenceFacts(r.Jurisdiction, r.Since, r.PostalCode, r.PostalState)
        );
        return members.ToDictionary(
            m => (m.MemberId, m.GroupId),
            m => new MemberState(m.DateOfBirth, [.. residences[m.MemberId]], m.IntakeDone, m.Unconfirmed, m.Releases)
        );
    }

    private static async Task<(Dictionary<(Guid Member, Guid Group), MemberState> Members, Dictionary<Guid, EnrollmentHistory> Histories)> ReadMoreAsync(
        UnitOfWork work,
        List<LoadedEnrollment> asked
    )
    {
        var of = asked.Select(e => (e.State.MemberId, e.State.GroupId)).Distinct().ToList();
        await using var read = await work.QueryTogetherAsync(
            $"{MembersSql}; {HistoriesSql}",
            new
            {
                dayAgo = work.Now.AddDays(-1),
                memberIds = of.Select(m => m.MemberId).ToArray(),
                memberGroupIds = of.Select(m => m.GroupId).ToArray(),
                ids = asked.Select(e => e.State.Id).ToArray(),
            }
        );
        var members = await ReadMembersAsync(read);
        var histories = (await read.ReadAsync<HistoryRow>()).ToDictionary(
            h => h.Id,
            h => new EnrollmentHistory(
                h.Latest is null ? null : StoredDecisions.TryRead(h.Latest),
                h.EnrolledUnder,
                h.EnrolledServiceClass,
                h.RequestedServiceClass,
                h.ConfirmedJurisdiction
            )
        );
        return (members, histories);
    }

    private sealed record Locked(long N, bool IsFree);

    private sealed record MemberRow(Guid MemberId, Guid GroupId, DateOnly? DateOfBirth, int Unconfirmed, int Releases, bool IntakeDone);

    private sealed record Residence(Guid MemberId, string Jurisdiction, DateOnly? Since, string? PostalCode, string? PostalState);

    private sealed record HistoryRow(
        Guid Id,
        string? Latest,
        int? EnrolledUnder,
        string? EnrolledServiceClass,
        string? RequestedServiceClass,
        string? ConfirmedJurisdiction
    );

    private sealed record WaitingRow(Guid GroupId, int Waiting);

    private sealed record ReadFor(bool IsNamed, bool IsFront, bool IsBusy);

    private sealed record LoadedEnrollment(EnrollmentState State, ReadFor For);
}

/// <summary>The loaded state of a batch.</summary>
/// <param name="Groups">Those that are known.</param>
/// <param name="Busy">Numbers of requests whose member or key another transaction has.</param>
/// <param name="Known">Answers that were stored under a request's key before, by its number.</param>
internal sealed record SeatBatchState(Dictionary<Guid, SeatGroupState> Groups, HashSet<int> Busy, Dictionary<int, StoredResponses.Known> Known);
