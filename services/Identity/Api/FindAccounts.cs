using GroupTherapy.Contracts.Identity;
using GroupTherapy.Identity.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Identity.Api;

/// <summary>
/// <c>GET /internal/accounts?ids=</c>: names and addresses for another service at the moment of use, on behalf of the operator whose token it passes on.
/// Answers for members and for accounts that share a practice with that operator; others are left out like unknown ids.
/// </summary>
public static class FindAccounts
{
    public const int Most = 500;

    public sealed record FoundAccount(Guid Id, string DisplayName, string Email, IReadOnlyList<string> Roles, IReadOnlyList<string> Practices);

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
            $"select {AccountStore.Columns} from accounts where id = any(@asked) and (practices = '{{}}' or practices && @practices) order by id",
            new { asked = asked.ToArray(), practices = caller.Practices.ToArray() }, ct);
        return TypedResults.Ok(rows.Select(a => new FoundAccount(a.Id, a.DisplayName, a.Email, a.Roles, a.Practices)));
    }
}
