using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Enrollment.Api;

/// <summary>Who has a place in a group, for those who lead it and the practice's operators. No names: those are for the profile, with its own door.</summary>
internal static class GetRoster
{
    /// <param name="Alias">Neutral, stable within the group.</param>
    /// <param name="State">Jurisdiction of residence.</param>
    /// <param name="GraceUntil">The rules do not let this member join any more; the seat is kept until then.</param>
    public sealed record Item(Guid EnrollmentId, Guid MemberId, string Alias, string? State, string Status, DateTimeOffset? GraceUntil);

    public static void MapRoster(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/groups/{id:guid}/roster", HandleAsync).For(Roles.Facilitator, Roles.Operator).Produces<Page<Item>>()
            .Describe("listRoster", Tag.Seats, "Who is in a group");

    private static async Task<IResult> HandleAsync(Guid id, Db db, HttpContext http, Writes writes, Caller caller, Paging page, CancellationToken ct)
    {
        if (!await db.FirstOrDefaultAsync<bool>(
            """
            select exists (select 1 from seat_groups where group_id = @id
                and (practice = any(@operates) or (practice = any(@facilitates) and (lead_id = @AccountId or @AccountId = any(co_ids)))))
            """,
            new
            {
                id,
                operates = caller.PracticesAs(Roles.Operator),
                facilitates = caller.PracticesAs(Roles.Facilitator),
                caller.AccountId
            }, ct))
        {
            return Problem.NotYetKnown();
        }

        var rows = await db.QueryAsync<Item>(
            """
            select * from (
                select e.id as enrollment_id, e.member_id, 'Member ' || row_number() over (order by e.created_at, e.id) as alias,
                       (select r.jurisdiction from residences r where r.member_id = e.member_id order by r.recorded_at desc, r.id desc
                           limit 1) as state, e.status,
                       case when e.status = 'enrolled' then e.grace_until end as grace_until
                from enrollments e where e.group_id = @id and e.status <> 'ended') live
            where @after::uuid is null or enrollment_id > @after order by enrollment_id limit @more
            """, new { id, after = page.AfterId(), more = page.Limit + 1 }, ct);
        return await writes.RunAsync(http, caller, null, async work =>
        {
            await work.AuditAsync("roster.read", reference: id);
            return Reply.Ok(page.PageOf(rows, r => [r.EnrollmentId.ToString()]));
        });
    }
}
