using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Enrollment.Storage;

/// <summary>Reads what coverage is worked out from.</summary>
internal static class CoverageStore
{
    /// <summary>Where a member lives by the row recorded last; a postal address is no place.</summary>
    private const string Home =
        "select case when postal_state is null then jurisdiction else 'UNKNOWN' end as jurisdiction from residences where member_id "
        + "= e.member_id order by recorded_at desc, id desc limit 1";

    /// <summary>Locks a group's row of coverage; false without one.</summary>
    public static Task<bool> LockAsync(UnitOfWork work, Guid groupId) =>
        work.FirstOrDefaultAsync<bool>("select true from coverage where group_id = @groupId for no key update", new { groupId });

    /// <returns>The new version; null where the answer is the published one.</returns>
    public static Task<long?> ChangeAsync(UnitOfWork work, Guid groupId, string digest) =>
        work.FirstOrDefaultAsync<long?>(
            "update coverage set version = version + 1, digest = @digest where group_id = @groupId and digest <> @digest returning version",
            new { groupId, digest }
        );

    /// <summary>Marks the open groups of a practice; of all practices where it is null.</summary>
    public static Task MarkAsync(UnitOfWork work, string? practice) =>
        work.ExecuteAsync(
            "select mark_coverage(group_id) from seat_groups where not closed and (@practice::text is null or practice = @practice)",
            new { practice }
        );

    /// <summary>Members enrolled in a group, by place.</summary>
    public static Task<IReadOnlyList<MembersByJurisdiction>> MembersAsync(UnitOfWork work, Guid groupId) =>
        work.QueryAsync<MembersByJurisdiction>(
            $"""
            select coalesce(r.jurisdiction, 'UNKNOWN') as jurisdiction, count(*)::int as members
            from enrollments e left join lateral ({Home}) r on true where e.group_id = @groupId and e.status = 'enrolled' group by 1 order by 1
            """,
            new { groupId }
        );

    /// <summary>
    /// Members enrolled in the groups of some practices, by group and jurisdiction, with the earliest instant at which one of them was recorded as living there
    /// (as enrolled, where no residence is recorded).
    /// </summary>
    public static Task<IReadOnlyList<MembersByResidence>> MembersByResidenceAsync(UnitOfWork work, string[] practices) =>
        work.QueryAsync<MembersByResidence>(
            $"""
            select e.group_id, coalesce(r.jurisdiction, 'UNKNOWN') as jurisdiction, count(*)::int as members, min(coalesce((
                    select min(x.recorded_at) from residences x where x.member_id = e.member_id and not exists (
                        select 1 from residences y where y.member_id = e.member_id and (y.recorded_at, y.id) >= (x.recorded_at, x.id)
                            and case when y.postal_state is null then y.jurisdiction else 'UNKNOWN' end <> r.jurisdiction)), e.created_at)) as since
            from enrollments e join seat_groups g using (group_id) left join lateral ({Home}) r on true
            where g.practice = any(@practices) and not g.closed and e.status = 'enrolled' group by 1, 2 order by 1, 2
            """,
            new { practices }
        );

    /// <summary>Sessions still to come, or running, of open groups.</summary>
    public static Task<IReadOnlyList<SessionToCover>> SessionsAsync(UnitOfWork work, string[] practices, DateTimeOffset horizon) =>
        work.QueryAsync<SessionToCover>(
            """
            select s.session_id, s.group_id, s.starts_at, s.ends_at, s.time_zone, s.modality, s.lead_id, s.co_ids, g.lead_id as group_lead_id, g.practice,
                g.service_class, g.minimum_age
            from planned_sessions s join seat_groups g using (group_id)
            where g.practice = any(@practices) and not g.closed and not s.cancelled and s.ends_at > @Now and s.starts_at < @horizon
                order by s.starts_at, s.session_id
            """,
            new
            {
                practices,
                work.Now,
                horizon,
            }
        );

    /// <summary>The kind of a group's sessions; in person, where more routes are closed, until one is known.</summary>
    public static async Task<string> ModalityAsync(UnitOfWork work, Guid groupId) =>
        await work.FirstOrDefaultAsync<string>(
            "select modality from planned_sessions where group_id = @groupId order by starts_at desc limit 1",
            new { groupId }
        ) ?? Vocabulary.InPerson;

    /// <summary>Facilitators of some practices, and others who are named.</summary>
    public static async Task<IReadOnlyList<FacilitatorHistory>> FacilitatorsAsync(UnitOfWork work, string[] practices, Guid[] named)
    {
        const string asked = "practices && @practices or id = any(@named)";
        var people = await work.QueryAsync<Person>($"select id, profession, location from facilitators where {asked} order by id", new { practices, named });
        var credentials = (
            await work.QueryAsync<Credential>(
                $"""
                select id, version, facilitator_id, kind, jurisdiction, type, status, valid_from, valid_to, encumbered, compact, home_state, recorded_at
                from credentials where facilitator_id in (select id from facilitators where {asked})
                """,
                new { practices, named }
            )
        ).ToLookup(c => c.FacilitatorId);
        return
        [
            .. people.Select(p => new FacilitatorHistory(
                p.Id,
                p.Profession,
                p.Location,
                [.. credentials[p.Id].Select(c => new CredentialVersion(c.Id, c.Version, c.RecordedAt, c.Facts))]
            )),
        ];
    }

    /// <summary>The rules in force from now on, as known now.</summary>
    public static async Task<IReadOnlyList<RulesFrom>> RulesAsync(UnitOfWork work, RuleSetCache ruleSets)
    {
        var timeline = await ruleSets.TimelineAsync(work);
        var rules = new List<RulesFrom>();
        for (DateTimeOffset? at = work.Now; at is { } begins; at = timeline.NextAfter(begins))
        {
            rules.Add(new RulesFrom(begins, await ruleSets.InForceAsync(work, timeline, begins)));
        }

        return rules;
    }

    /// <summary>Every rule set that was ever published.</summary>
    public static async Task<IReadOnlyList<RuleSetHistory>> RuleSetHistoryAsync(UnitOfWork work, RuleSetCache ruleSets)
    {
        var rules = new List<RuleSetHistory>();
        foreach (
            var r in await work.QueryAsync<Published>(
                """
                select r.version, r.sha256, r.effective_from, r.published_at, w.at as withdrawn_at
                from rule_sets r left join rule_set_withdrawals w on w.version = r.version and w.step = 'carried_out' where r.status = 'published'
                    order by r.version
                """
            )
        )
        {
            rules.Add(new RuleSetHistory(await ruleSets.GetAsync(work, r.Version, r.Sha256), r.EffectiveFrom, r.PublishedAt, r.WithdrawnAt));
        }

        return rules;
    }

    private sealed record Person(Guid Id, string Profession, string Location);

    private sealed record Credential(
        Guid Id,
        int Version,
        Guid FacilitatorId,
        string Kind,
        string Jurisdiction,
        string? Type,
        string Status,
        DateOnly ValidFrom,
        DateOnly ValidTo,
        bool Encumbered,
        string? Compact,
        string? HomeState,
        DateTimeOffset RecordedAt
    )
    {
        public CredentialFacts Facts =>
            new(Kind, Jurisdiction, Status, ValidFrom, ValidTo, Encumbered, Type, Compact, HomeState, Kind == Vocabulary.TemporaryPermit ? 0 : null);
    }

    private sealed record Published(int Version, string Sha256, DateTimeOffset EffectiveFrom, DateTimeOffset PublishedAt, DateTimeOffset? WithdrawnAt);
}

/// <summary>Members of a group who live in one place.</summary>
internal sealed record MembersByResidence(Guid GroupId, string Jurisdiction, int Members, DateTimeOffset Since);

/// <summary>A planned session with its group's conditions for being served.</summary>
internal sealed record SessionToCover(
    Guid SessionId,
    Guid GroupId,
    DateTimeOffset StartsAt,
    DateTimeOffset EndsAt,
    string? TimeZone,
    string Modality,
    Guid LeadId,
    Guid[] CoIds,
    Guid GroupLeadId,
    string Practice,
    string ServiceClass,
    int MinimumAge
)
{
    public CoverageGroup Group => new(Practice, ServiceClass, MinimumAge, Modality);
}
