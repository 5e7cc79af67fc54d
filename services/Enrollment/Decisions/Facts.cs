using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Enrollment.Decisions;

/// <summary>A group as far as seats and licensing need it.</summary>
public sealed record SeatGroup(
    Guid GroupId, string Practice, string? Name, string ServiceClass, int MinimumAge, bool Part2, bool IntakeFirst, Guid LeadId, Guid[] CoIds, DateTimeOffset? SeriesEndsAt, bool Closed, int Capacity, int Taken)
{
    public const string Columns = "group_id, practice, name, service_class, minimum_age, part2, intake_first, lead_id, co_ids, series_ends_at, closed, capacity, taken";

    public static Task<SeatGroup?> FindAsync(UnitOfWork work, Guid groupId) =>
        work.FirstOrDefaultAsync<SeatGroup>($"select {Columns} from seat_groups where group_id = @groupId", new { groupId });
}

/// <summary>Reads what the databases know and writes it down as the facts of one evaluation. What is not known stays null: the engine never takes that as allowed.</summary>
internal static class Facts
{
    /// <param name="until">End of the session at join points, of the series at enrolment points.</param>
    /// <param name="leadId">Who leads the session asked about; somebody else than the group's own lead stands in.</param>
    /// <param name="enrollmentId">The stay asked about, if there is one: what it was decided under is a fact too.</param>
    public static async Task<LicensingRequest> ReadAsync(
        UnitOfWork work, SeatGroup group, Guid memberId, string point, DateTimeOffset at, DateTimeOffset? until, string modality = Vocabulary.Video, Guid? leadId = null, Guid[]? coIds = null,
        Guid? enrollmentId = null)
    {
        var enrolled = await EnrolledAsync(work, memberId, enrollmentId);
        return new(group.Practice, point, at, until, modality,
            new GroupFacts(group.ServiceClass, group.MinimumAge, enrolled is null || enrolled.ServiceClass == group.ServiceClass ? null : enrolled.ServiceClass),
            await FacilitatorsAsync(work, group, leadId ?? group.LeadId, coIds ?? group.CoIds),
            await MemberAsync(work, memberId) with { EnrolledUnder = enrolled?.RuleSet, NextInLine = point == Points.WaitlistOffer });
    }

    // The first confirmation that was allowed made the stay; what was decided about it later changes nothing about that.
    private static async Task<Enrolled?> EnrolledAsync(UnitOfWork work, Guid memberId, Guid? enrollmentId) => enrollmentId is null ? null : await work.FirstOrDefaultAsync<Enrolled>(
        """
        select rule_set, inputs::json -> 'request' -> 'group' ->> 'serviceClass' as service_class from decisions
        where member_id = @memberId and enrollment_id = @enrollmentId and point = @point and outcome = any(@allowed) order by id limit 1
        """, new { memberId, enrollmentId, point = Points.Enrol, allowed = new[] { Outcome.Allow.Wire(), Outcome.AllowWithConditions.Wire() } });

    private static async Task<IReadOnlyList<FacilitatorFacts>> FacilitatorsAsync(UnitOfWork work, SeatGroup group, Guid lead, Guid[] cos)
    {
        Guid[] ids = [lead, .. cos];
        var people = (await work.QueryAsync<Person>("select id, profession, location from facilitators where id = any(@ids)", new { ids })).ToDictionary(p => p.Id);
        var credentials = (await work.QueryAsync<Credential>(
            """
            select distinct on (id) id, facilitator_id, kind, jurisdiction, type, status, valid_from, valid_to, encumbered, compact, home_state
            from credentials where facilitator_id = any(@ids) order by id, version desc
            """, new { ids })).ToLookup(c => c.FacilitatorId);

        // A facilitator whom this service does not know yet has a profession that no route knows: unknown never means allowed.
        return [.. ids.Select((id, index) => new FacilitatorFacts(
            id.ToString(), index == 0 ? Vocabulary.Lead : Vocabulary.Co,
            people.TryGetValue(id, out var person) ? person.Profession : Vocabulary.Unknown,
            people.TryGetValue(id, out person) ? person.Location : null,
            [.. credentials[id].OrderBy(c => c.Id).Select(c => new CredentialFacts(
                c.Kind, c.Jurisdiction, c.Status, c.ValidFrom, c.ValidTo, c.Encumbered, c.Type, c.Compact, c.HomeState, c.Kind == Vocabulary.TemporaryPermit ? 0 : null))],
            Substitute: index == 0 && id != group.LeadId))];
    }

    private static async Task<MemberFacts> MemberAsync(UnitOfWork work, Guid memberId)
    {
        var born = await work.FirstOrDefaultAsync<DateOnly?>("select date_of_birth from members where id = @memberId", new { memberId });
        var residence = await work.FirstOrDefaultAsync<Residence>(
            "select jurisdiction, since, postal_code, postal_state from residences where member_id = @memberId order by recorded_at desc, id desc limit 1", new { memberId });
        return new MemberFacts(memberId.ToString(), born,
            residence is null ? null : new ResidenceFacts(residence.Jurisdiction, residence.Since, residence.PostalCode, residence.PostalState), null);
    }

    private sealed record Enrolled(int RuleSet, string ServiceClass);

    private sealed record Person(Guid Id, string Profession, string Location);

    private sealed record Credential(
        Guid Id, Guid FacilitatorId, string Kind, string Jurisdiction, string? Type, string Status, DateOnly ValidFrom, DateOnly ValidTo, bool Encumbered, string? Compact, string? HomeState);

    private sealed record Residence(string Jurisdiction, DateOnly? Since, string? PostalCode, string? PostalState);
}
