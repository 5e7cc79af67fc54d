using GroupTherapy.Audit;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Enrollment.Api;

/// <summary>The members of an operator's practices.</summary>
internal static class ListMembers
{
    public sealed record Item(Guid Id, string? LegalName, string? Jurisdiction, int LiveEnrollments);

    /// <summary>Whether a member (<c>@id</c>) has or had an enrollment in one of the caller's practices.</summary>
    internal const string IsOfMyPractices =
        "exists (select 1 from enrollments e join seat_groups g using (group_id) where e.member_id = @id and g.practice = any(@practices))";

    public static void MapListMembers(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/members", ListAsync)
            .For(Roles.Operator)
            .Sensitive("members.listed")
            .Produces<Page<Item>>()
            .Describe("listMembers", Tag.Members, "Members of my practices");

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
            """,
            new
            {
                practices = caller.PracticesAs(Roles.Operator),
                after = page.AfterId(),
                more = page.Limit + 1,
            },
            ct
        );
        return TypedResults.Ok(page.PageOf(rows, r => [r.Id.ToString()]));
    }
}
