using GroupTherapy.Audit;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Identity.Api;

/// <summary><c>GET /api/identity/accounts</c>: who works for a practice, and who is invited, for its operators.</summary>
public static class ListStaff
{
    /// <param name="Roles">Held in the practice, or offered by the invitation.</param>
    /// <param name="Since">Since when; for an invitation, when it was made.</param>
    /// <param name="InvitedUntil">Null for a person who has accepted.</param>
    /// <param name="InvitedBy">Null for the deployment itself.</param>
    /// <param name="ApprovedBy">The second operator who stands behind an operator.</param>
    public sealed record StaffAccount(
        Guid Id,
        string Email,
        string DisplayName,
        string Practice,
        IReadOnlyList<string> Roles,
        DateTimeOffset Since,
        DateTimeOffset? InvitedUntil,
        Guid? InvitedBy,
        Guid? ApprovedBy
    );

    public static void MapListStaff(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/identity/accounts", HandleAsync)
            .For(Roles.Operator)
            .Sensitive("staff.listed")
            .Produces<Page<StaffAccount>>()
            .ProducesProblem(400)
            .Describe("listStaff", Tag.Account, "Who works for a practice, and who is invited");

    private static async Task<IResult> HandleAsync(string? practice, Paging page, Caller caller, Db db, CancellationToken ct)
    {
        var practices = caller.PracticesAs(Roles.Operator);
        if (practice is not null && !practices.Contains(practice))
        {
            return Problem.Invalid("practice", "One of the practices that you work for.");
        }

        var rows = await db.QueryAsync<Row>(
            """
            select a.id, coalesce(s.email, a.email) as email, coalesce(s.display_name, a.display_name) as display_name,
                s.practice, s.roles, s.since, s.invited_until, s.invited_by, s.approved_by,
                a.id::text || '/' || s.practice || '/' || (s.invited_until is not null)::text as key
            from (
                select account_id, practice, array_agg(role order by role) as roles, min(since) as since, null::timestamptz as invited_until,
                    (array_agg(invited_by order by role desc))[1] as invited_by, (array_agg(approved_by order by role desc))[1] as approved_by,
                    null::text as email, null::text as display_name
                from memberships group by account_id, practice
                union all
                select account_id, practice, roles, created_at, expires_at, invited_by, null, email, display_name
                from invitations where used_at is null and expires_at > @now
            ) s join accounts a on a.id = s.account_id
            where s.practice = any(@practices) and (@after::text is null
                or a.id::text || '/' || s.practice || '/' || (s.invited_until is not null)::text > @after)
            order by key limit @more
            """,
            new
            {
                practices = practice is null ? practices : [practice],
                now = db.Clock.GetUtcNow(),
                after = page.After is [var last] ? last : null,
                more = page.Limit + 1,
            },
            ct
        );
        var (items, next) = page.PageOf(rows, r => [r.Key]);
        return TypedResults.Ok(
            new Page<StaffAccount>(
                [.. items.Select(r => new StaffAccount(r.Id, r.Email, r.DisplayName, r.Practice, r.Roles, r.Since, r.InvitedUntil, r.InvitedBy, r.ApprovedBy))],
                next
            )
        );
    }

    private sealed record Row(
        Guid Id,
        string Email,
        string DisplayName,
        string Practice,
        string[] Roles,
        DateTimeOffset Since,
        DateTimeOffset? InvitedUntil,
        Guid? InvitedBy,
        Guid? ApprovedBy,
        string Key
    );
}
