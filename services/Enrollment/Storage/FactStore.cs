using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Enrollment.Storage;

/// <summary>Reads the facts of one evaluation from the database. An unknown fact is null, which the engine never takes as allowed.</summary>
internal static class FactStore
{
    /// <param name="rules">The rule set that will be asked; its calendars say when a day begins.</param>
    /// <param name="until">End of the session at join points, of the series at enrolment points.</param>
    /// <param name="leadId">The session's lead; a substitute where it is not the group's own.</param>
    /// <param name="enrollmentId">The enrollment, if there is one: the rule set and class of its confirmation are facts too.</param>
    /// <param name="sessionId">The session asked about, at join points: days used before it, a crisis open in it, and what two people decided about it are
    /// facts.</param>
    public static async Task<LicensingRequest> ReadAsync(
        UnitOfWork work,
        CompiledRuleSet rules,
        SeatGroup group,
        Guid memberId,
        string point,
        DateTimeOffset at,
        DateTimeOffset? until,
        string modality = Vocabulary.Video,
        Guid? leadId = null,
        Guid[]? coIds = null,
        Guid? enrollmentId = null,
        Guid? sessionId = null
    )
    {
        var enrolled = enrollmentId is null ? null : await EnrolledAsync(work, memberId, enrollmentId.Value);
        var member = await MemberAsync(work, rules, memberId, at) with
        {
            EnrolledUnder = enrolled?.RuleSet,
            SeatGraceUntil = enrolled?.GraceUntil,
            NextInLine = point == Points.WaitlistOffer,
        };
        if (sessionId is { } session)
        {
            member = member with { Crisis = await IsInCrisisAsync(work, memberId, session), Override = await OverrideAsync(work, memberId, session, at) };
        }

        return new(
            group.Practice,
            point,
            at,
            until,
            modality,
            new GroupFacts(
                group.ServiceClass,
                group.MinimumAge,
                enrolled is null || enrolled.ServiceClass == group.ServiceClass ? null : enrolled.ServiceClass
            ),
            await FacilitatorsAsync(work, group, leadId ?? group.LeadId, coIds ?? group.CoIds, sessionId, at),
            member
        );
    }

    // The first allowed confirmation counts; later decisions do not change it.
    private static Task<Enrolled?> EnrolledAsync(UnitOfWork work, Guid memberId, Guid enrollmentId) =>
        work.FirstOrDefaultAsync<Enrolled>(
            """
            select d.rule_set, d.inputs::json -> 'request' -> 'group' ->> 'serviceClass' as service_class, case
                when e.status = 'enrolled' then e.grace_until end as grace_until
            from decisions d join enrollments e on e.id = d.enrollment_id
            where d.member_id = @memberId and d.enrollment_id = @enrollmentId and d.point = @point and d.outcome = any(@allowed) order by d.id limit 1
            """,
            new
            {
                memberId,
                enrollmentId,
                point = Points.Enrol,
                allowed = new[] { Outcome.Allow.Wire(), Outcome.AllowWithConditions.Wire() },
            }
        );

    private static Task<bool> IsInCrisisAsync(UnitOfWork work, Guid memberId, Guid sessionId) =>
        work.FirstOrDefaultAsync<bool>(
            "select exists (select 1 from crises where session_id = @sessionId and member_id = @memberId and open)",
            new { memberId, sessionId }
        );

    // A member who may join may rejoin and stay: an override covers all three points.
    private static async Task<OverrideFacts?> OverrideAsync(UnitOfWork work, Guid memberId, Guid sessionId, DateTimeOffset at) =>
        await work.FirstOrDefaultAsync<Lifted>(
            """
            select o.id, o.expires_at from overrides o
            where o.member_id = @memberId and o.session_id = @sessionId and o.expires_at > @at
              and exists (select 1 from override_steps s where s.override_id = o.id and s.step = 'approved')
              and not exists (select 1 from override_steps s where s.override_id = o.id and s.step = 'revoked')
            order by o.expires_at desc, o.id limit 1
            """,
            new
            {
                memberId,
                sessionId,
                at,
            }
        )
            is { } lifted
            ? new OverrideFacts(lifted.Id.ToString(), [Points.Join, Points.Rejoin, Points.Recheck], lifted.ExpiresAt)
            : null;

    private static async Task<IReadOnlyList<FacilitatorFacts>> FacilitatorsAsync(
        UnitOfWork work,
        SeatGroup group,
        Guid lead,
        Guid[] cos,
        Guid? sessionId,
        DateTimeOffset at
    )
    {
        Guid[] ids = [lead, .. cos];
        var people = await work.QueryAsync<Person>($"select {Person.Columns} from facilitators where id = any(@ids)", new { ids });
        var credentials = await work.QueryAsync<Credential>($"{Credential.LatestSql} where facilitator_id = any(@ids) order by id, version desc", new { ids });
        return FacilitatorsOf(group, lead, cos, await StaffAsync(work, people, credentials, sessionId, at));
    }

    /// <summary>Combines the rows read about facilitators, with the days that those with temporary permits have used.</summary>
    internal static async Task<Staff> StaffAsync(
        UnitOfWork work,
        IEnumerable<Person> people,
        IEnumerable<Credential> credentials,
        Guid? sessionId,
        DateTimeOffset at
    )
    {
        var of = credentials.ToLookup(c => c.FacilitatorId);
        Guid[] permitted = [.. of.Where(f => f.Any(c => c.Kind == Vocabulary.TemporaryPermit)).Select(f => f.Key)];
        return new Staff(people.ToDictionary(p => p.Id), of, permitted.Length > 0 ? await PracticeDayStore.UsedAsync(work, permitted, sessionId, at) : []);
    }

    // A facilitator whom this service does not know yet has a profession that no route knows: unknown never means allowed.
    internal static IReadOnlyList<FacilitatorFacts> FacilitatorsOf(SeatGroup group, Guid lead, Guid[] cos, Staff staff) =>
        [
            .. cos.Prepend(lead)
                .Select(
                    (id, index) =>
                        new FacilitatorFacts(
                            id.ToString(),
                            index == 0 ? Vocabulary.Lead : Vocabulary.Co,
                            staff.People.TryGetValue(id, out var person) ? person.Profession : Vocabulary.Unknown,
                            staff.People.TryGetValue(id, out person) ? person.Location : null,
                            [
                                .. staff
                                    .Credentials[id]
                                    .OrderBy(c => c.Id)
                                    .Select(c => new CredentialFacts(
                                        c.Kind,
                                        c.Jurisdiction,
                                        c.Status,
                                        c.ValidFrom,
                                        c.ValidTo,
                                        c.Encumbered,
                                        c.Type,
                                        c.Compact,
                                        c.HomeState,
                                        c.Kind == Vocabulary.TemporaryPermit ? staff.DaysUsed.GetValueOrDefault((id, c.Jurisdiction)) : null
                                    )),
                            ],
                            Substitute: index == 0 && id != group.LeadId
                        )
                ),
        ];

    private static async Task<MemberFacts> MemberAsync(UnitOfWork work, CompiledRuleSet rules, Guid memberId, DateTimeOffset at) =>
        new(
            memberId.ToString(),
            await work.FirstOrDefaultAsync<DateOnly?>("select date_of_birth from members where id = @memberId", new { memberId }),
            (await ResidenceStore.AtAsync(work, rules, memberId, at)).InForce,
            null
        );

    private sealed record Enrolled(int RuleSet, string ServiceClass, DateTimeOffset? GraceUntil);

    private sealed record Lifted(Guid Id, DateTimeOffset ExpiresAt);

    internal sealed record Staff(
        Dictionary<Guid, Person> People,
        ILookup<Guid, Credential> Credentials,
        Dictionary<(Guid Facilitator, string Jurisdiction), int> DaysUsed
    );

    internal sealed record Person(Guid Id, string Profession, string Location)
    {
        public const string Columns = "id, profession, location";
    }

    internal sealed record Credential(
        Guid Id,
        Guid FacilitatorId,
        string Kind,
        string Jurisdiction,
        string? Type,
        string Status,
        DateOnly ValidFrom,
        DateOnly ValidTo,
        bool Encumbered,
        string? Compact,
        string? HomeState
    )
    {
        public const string LatestSql =
            "select distinct on (id) id, facilitator_id, kind, jurisdiction, type, status, valid_from, valid_to, encumbered, "
            + "compact, home_state from credentials";
    }
}
