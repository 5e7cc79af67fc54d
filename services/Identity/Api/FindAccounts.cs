using GroupTherapy.Contracts.Identity;
using GroupTherapy.Identity.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Identity.Api;

/// <summary>
/// <c>GET /internal/accounts?ids=</c>: names and addresses for another service at the moment of use, on behalf of the operator whose token it passes on.
/// Answers for accounts without a practice and for those of a practice that the caller operates; others are left out like unknown ids.
/// </summary>
public static class FindAccounts
{
    public const int Most = 500;

    public sealed record FoundAccount(Guid Id, string DisplayName, string Email, long Version, IReadOnlyList<string> FacilitatorIn);

    public static void MapFindAccounts(this IEndpointRouteBuilder app) =>
        app.MapGet("/internal/accounts", HandleAsync).For(Roles.Operator).ExcludeFromDescription();

    private static async Task<IResult> HandleAsync(string[] ids, Caller caller, Db db, CancellationToken ct)
    {
        var asked = new List<Guid>();
        foreach (var text in ids.SelectMany(i => i.Split(',', StringSplitOptions.RemoveEmptyEntries)))
        {
            if (asked.Count == Most || !Guid.TryParse(text, out var id))
            {
                return Problem.Invalid("ids", $"1 to {Most} ids, joined by commas.");
            }

            asked.Add(id);
        }

        var rows = await db.QueryAsync<AccountRow>(
            $"select {AccountStore.Columns} from accounts where id = any(@asked) and "
                + """
                (not exists (select 1 from memberships m where m.account_id = accounts.id)
                    or exists (select 1 from memberships m where m.account_id = accounts.id and m.practice = any(@practices))) order by id
                """,
            new { asked = asked.ToArray(), practices = caller.PracticesAs(Roles.Operator) },
            ct
        );
        return TypedResults.Ok(rows.Select(a => new FoundAccount(a.Id, a.DisplayName, a.Email, a.Version, a.PracticesAs(Roles.Facilitator))));
    }
}
