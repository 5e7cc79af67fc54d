using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;

namespace GroupTherapy.Enrollment.Storage;

/// <summary>What is known about many who ask for a seat, read together after each member's and each key's lock was taken.</summary>
internal sealed class SeatFacts
{
    private static readonly string Sql =
        $"""
         {StoredResponses.KnownSql};
         select {GroupStore.Columns} from seat_groups where group_id = any(@groupIds);
         select a.n, m.date_of_birth,
                exists (select 1 from enrollments e where e.group_id = a.asked_for and e.member_id = a.asker and e.status <> 'ended') as is_in,
                (select count(*)::int from enrollments e where e.member_id = a.asker and e.status in ('reserved', 'offered')) as unconfirmed,
                exists (select 1 from intakes i join seat_groups g on g.practice = i.practice where i.member_id = a.asker and g.group_id = a.asked_for) as intake_done
         from unnest(@groupIds, @memberIds) with ordinality as a (asked_for, asker, n) left join members m on m.id = a.asker order by a.n;
         select a.asker as member_id, r.jurisdiction, r.since, r.postal_code, r.postal_state
         from unnest(@memberIds) as a (asker)
         cross join lateral (select * from residences where member_id = a.asker order by recorded_at desc, id desc limit 200) r order by a.asker, r.recorded_at desc, r.id desc;
         select {Facts.Person.Columns} from facilitators where id in (select unnest(lead_id || co_ids) from seat_groups where group_id = any(@groupIds));
         {Facts.Credential.LatestSql} where facilitator_id in (select unnest(lead_id || co_ids) from seat_groups where group_id = any(@groupIds)) order by id, version desc;
         {ConsentStore.InForceSql}
         """;

    private readonly HashSet<Guid> _busy;
    private readonly Dictionary<int, StoredResponses.Known> _known;
    private readonly Dictionary<Guid, SeatGroup> _groups;
    private readonly IReadOnlyList<Standing> _standing;
    private readonly ILookup<Guid, Residence> _residences;
    private readonly IReadOnlyList<ConsentDocument> _consents;
    private readonly Dictionary<Guid, IReadOnlyList<FacilitatorFacts>> _facilitators;

    private SeatFacts(
        IEnumerable<Guid> busy, IEnumerable<StoredResponses.Known> known, IEnumerable<SeatGroup> groups, IReadOnlyList<Standing> standing, IEnumerable<Residence> residences,
        IReadOnlyList<ConsentDocument> consents, Facts.Staff staff)
    {
        (_busy, _known, _groups) = ([.. busy], known.ToDictionary(k => (int)k.N - 1), groups.ToDictionary(g => g.GroupId));
        (_standing, _residences, _consents) = (standing, residences.ToLookup(r => r.MemberId), consents);
        _facilitators = _groups.Values.ToDictionary(g => g.GroupId, g => Facts.FacilitatorsOf(g, g.LeadId, g.CoIds, staff));
    }

    /// <summary>Reads everything in one way to the database and back.</summary>
    /// <param name="asks">No two of one member.</param>
    public static async Task<SeatFacts> ReadAsync(UnitOfWork work, IReadOnlyList<SeatAsk> asks, Patience patience)
    {
        Guid[] memberIds = [.. asks.Select(a => a.Member)];
        // One person's own requests follow one another, and those with one key; other people's are not held up.
        var (member, key) = patience == Patience.ForAll
            ? ("pg_advisory_xact_lock(hashtextextended(asker::text, 1))::text = ''", StoredResponses.LockSql)
            : ("pg_try_advisory_xact_lock(hashtextextended(asker::text, 1))", StoredResponses.TryLockSql);
        var locking = $"select asker, case when {member} then {key} else false end as free from (select * from unnest(@memberIds, @keys) as u (asker, named) order by 1) a";
        await using var read = await work.QueryTogetherAsync(
            $"select set_config('lock_timeout', '{(patience == Patience.None ? "300ms" : "0")}', true); {locking}; {Sql}",
            new
            {
                memberIds, groupIds = asks.Select(a => a.GroupId).ToArray(), callers = memberIds, keys = asks.Select(a => a.Key?.Key).ToArray(), expired = work.Now - Writes.KeptFor,
            });
        await read.ReadAsync();
        var busy = (await read.ReadAsync<Member>()).Where(m => !m.Free).Select(m => m.Asker);
        var (known, groups, standing) = (await read.ReadAsync<StoredResponses.Known>(), await read.ReadAsync<SeatGroup>(), await read.ReadAsync<Standing>());
        var (residences, people, credentials) = (await read.ReadAsync<Residence>(), await read.ReadAsync<Facts.Person>(), await read.ReadAsync<Facts.Credential>());
        var consents = await read.ReadAsync<ConsentDocument>();
        return new SeatFacts(busy, known, groups, [.. standing], residences, [.. consents], await Facts.StaffAsync(work, people, credentials, null, work.Now));
    }

    /// <summary>Whether another request of this member, or one with the same key, is under way elsewhere.</summary>
    public bool IsBusy(Guid member) => _busy.Contains(member);

    /// <summary>What the request was answered before, if it was.</summary>
    public IResult? AnswerBefore(int n, KeyedRequest? request) => request is not null && _known.TryGetValue(n, out var known) ? known.AnswerTo(request) : null;

    public SeatGroup? Group(Guid id) => _groups.GetValueOrDefault(id);

    public Standing Of(int n) => _standing[n];

    public IReadOnlyList<ConsentDocument> Consents(SeatGroup group) => group.Part2 ? _consents : [.. _consents.Where(c => c.Document != ConsentDocument.Part2)];

    /// <summary>The facts of the question whether this member may be held a seat.</summary>
    public LicensingRequest Question(int n, SeatAsk ask, SeatGroup group, CompiledRuleSet rules, DateTimeOffset now)
    {
        var home = ResidencesOnRecord.At(rules, [.. _residences[ask.Member].Select(r => new ResidenceFacts(r.Jurisdiction, r.Since, r.PostalCode, r.PostalState))], now).InForce;
        return new LicensingRequest(
            group.Practice, Points.SeatHold, now, group.SeriesEndsAt, Vocabulary.Video, new GroupFacts(group.ServiceClass, group.MinimumAge), _facilitators[group.GroupId],
            new MemberFacts(ask.Member.ToString(), _standing[n].DateOfBirth, home, null));
    }

    /// <param name="IsIn">A live stay in this group.</param>
    /// <param name="Unconfirmed">Seats held for this member in any group.</param>
    internal sealed record Standing(long N, DateOnly? DateOfBirth, bool IsIn, int Unconfirmed, bool IntakeDone);

    private sealed record Member(Guid Asker, bool Free);

    private sealed record Residence(Guid MemberId, string Jurisdiction, DateOnly? Since, string? PostalCode, string? PostalState);
}
