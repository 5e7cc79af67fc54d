using GroupTherapy.Platform.Data;

namespace GroupTherapy.Identity.Api;

/// <summary><c>GET /internal/staff</c>: who works for which practice, for the service that writes to operators and was not there when they came.</summary>
internal static class StaffForMails
{
    /// <param name="Version">As <c>RolesChanged</c> carries it.</param>
    public sealed record Item(Guid AccountId, long Version, string Practice, string[] Roles);

    public sealed record Staff(IReadOnlyList<Item> Items);

    public static void MapStaffForMails(this IEndpointRouteBuilder app) => app.MapGet("/internal/staff", ListAsync).ForService("Notifications");

    private static async Task<IResult> ListAsync(Db db, CancellationToken ct) =>
        TypedResults.Ok(
            new Staff(
                await db.QueryAsync<Item>(
                    """
                    select a.id as account_id, a.version, m.practice, array_agg(m.role order by m.role) as roles
                    from memberships m join accounts a on a.id = m.account_id group by a.id, a.version, m.practice order by a.id, m.practice
                    """,
                    null,
                    ct
                )
            )
        );
}
