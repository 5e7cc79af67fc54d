using GroupTherapy.Contracts.Identity;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Enrollment.Workers;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Enrollment.Api;

/// <summary>What operators see of the members of their practices: residences, attested places, decisions. Never a room's text.</summary>
internal static class OversightOfMembers
{
    public sealed record Item(Guid Id, string? LegalName, string? Jurisdiction, int LiveEnrollments);

    public sealed record Whole(
        Guid Id, Profile? Profile, IReadOnlyList<ResidenceOnRecord> Residences, IReadOnlyList<AttestedPlace> AttestedPlaces, IReadOnlyList<DecisionInBrief> Decisions, IReadOnlyList<EnrollmentInBrief> Enrollments,
        IReadOnlyList<Intakes.Item> Intakes);

    public sealed record ResidenceOnRecord(string Jurisdiction, DateOnly? Since, string? PostalCode, string? Evidence, DateTimeOffset RecordedAt, string RecordedBy);

    public sealed record AttestedPlace(string Jurisdiction, DateTimeOffset? AttestedAt, Guid? SessionId, Guid DecisionId, string Outcome);

    public sealed record DecisionInBrief(Guid Id, string Point, DateTimeOffset At, Guid? GroupId, Guid? SessionId, string Outcome);

    public sealed record EnrollmentInBrief(Guid Id, Guid GroupId, string Status, DateTimeOffset CreatedAt);

    /// <param name="From">First day of living there.</param>
    /// <param name="Evidence">What the operator saw; 1 to 500 characters.</param>
    public sealed record Correction(string? Jurisdiction = null, string? From = null, string? Evidence = null);

    private const string OfMyPractices =
        "exists (select 1 from enrollments e join seat_groups g using (group_id) where e.member_id = @id and g.practice = any(@practices))";

    public static void MapMembers(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/members", ListAsync).For(Roles.Operator).Produces<Page<Item>>();
        app.MapGet("/api/members/{id:guid}", OneAsync).For(Roles.Operator).Produces<Whole>();
        app.MapPost("/api/members/{id:guid}/residence", CorrectAsync).For(Roles.Operator).Produces(204);
    }

    private static async Task<IResult> ListAsync(Db db, Caller caller, Paging page, CancellationToken ct)
    {
        var rows = await db.QueryAsync<Item>(
            """
            select e.member_id as id, m.legal_name,
                   (select r.jurisdiction from residences r where r.member_id = e.member_id order by r.recorded_at desc, r.id desc limit 1) as jurisdiction,
                   (count(*) filter (where e.status <> 'ended'))::int as live_enrollments
            from enrollments e join seat_groups g using (group_id) left join members m on m.id = e.member_id
            where g.practice = any(@practices) and (@after::uuid is null or e.member_id > @after)
            group by e.member_id, m.legal_name order by e.member_id limit @more
            """, new { practices = caller.Practices.ToArray(), after = page.AfterId(), more = page.Limit + 1 }, ct);
        return TypedResults.Ok(page.PageOf(rows, r => [r.Id.ToString()]));
    }

    private static async Task<IResult> OneAsync(Guid id, Db db, Writes writes, HttpContext http, Caller caller, CancellationToken ct)
    {
        var practices = caller.Practices.ToArray();
        if (!await db.FirstOrDefaultAsync<bool>($"select {OfMyPractices}", new { id, practices }, ct))
        {
            return Problem.NotFound();
        }

        var whole = new Whole(
            id,
            await SaveProfile.FindAsync(db, id, ct),
            await db.QueryAsync<ResidenceOnRecord>(
                "select jurisdiction, since, postal_code, evidence, recorded_at, recorded_by from residences where member_id = @id order by recorded_at desc, id desc limit 100", new { id }, ct),
            await db.QueryAsync<AttestedPlace>(
                """
                select inputs::jsonb -> 'request' -> 'member' -> 'location' ->> 'jurisdiction' as jurisdiction, (inputs::jsonb -> 'request' -> 'member' -> 'location' ->> 'attestedAt')::timestamptz as attested_at, session_id, id as decision_id, outcome
                from decisions where member_id = @id and practice = any(@practices) and jsonb_typeof(inputs::jsonb -> 'request' -> 'member' -> 'location') = 'object' order by id desc limit 100
                """, new { id, practices }, ct),
            await db.QueryAsync<DecisionInBrief>(
                "select id, point, at, group_id, session_id, outcome from decisions where member_id = @id and practice = any(@practices) order by id desc limit 100", new { id, practices }, ct),
            await db.QueryAsync<EnrollmentInBrief>(
                "select e.id, e.group_id, e.status, e.created_at from enrollments e join seat_groups g using (group_id) where e.member_id = @id and g.practice = any(@practices) order by e.id desc limit 100", new { id, practices }, ct),
            await Api.Intakes.OfAsync(db, id, practices, ct));

        // Reading a person's record is itself on the record.
        return await writes.RunAsync(http, caller, null, async work =>
        {
            await work.AuditAsync("member.read", id);
            return Reply.Ok(whole);
        });
    }

    private static async Task<IResult> CorrectAsync(Guid id, Correction correction, HttpContext http, Writes writes, Caller caller, RuleSetCache shelf, TimeProvider clock)
    {
        var rules = await shelf.InForceAsync(clock.GetUtcNow(), http.RequestAborted);
        var errors = new FieldErrors()
            .Check(correction.Jurisdiction is not null && rules.IsJurisdiction(correction.Jurisdiction), "jurisdiction", "The exact code of a place, such as US-DC, FOREIGN or UNKNOWN.")
            .Check(ProfileRules.TryDate(correction.From, out var from), "from", "A real date like 2026-01-31.")
            .Text(correction.Evidence, "evidence", 500);
        return errors.Any ? errors.ToProblem() : await writes.RunAsync(http, caller, correction, async work =>
        {
            if (!await work.FirstOrDefaultAsync<bool>($"select {OfMyPractices}", new { id, practices = caller.Practices.ToArray() }))
            {
                return Reply.Refused(Problem.NotFound());
            }

            await work.ExecuteAsync(
                """
                insert into residences (id, member_id, jurisdiction, since, evidence, recorded_at, recorded_by)
                values (@residence, @id, @Jurisdiction, @from, @Evidence, @Now, @Who)
                """, new { residence = work.NewId(), id, correction.Jurisdiction, from, correction.Evidence, work.Now, work.Caller.Who });
            await work.AuditAsync("residence.corrected", id, data: new { correction.Jurisdiction });
            await Rechecks.OfMemberAsync(work, id);
            return Reply.NoContent();
        });
    }
}
