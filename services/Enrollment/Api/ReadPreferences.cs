using System.Security.Cryptography;
using System.Text;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Enrollment.Api;

/// <summary>
/// <c>POST /internal/preferences</c>: language and zone of members' profiles, for the service that writes to them. It shows the key that the deployment gave
/// to both (<c>Callers:Notifications</c>); every other caller is refused.
/// </summary>
internal static class ReadPreferences
{
    public const int Most = 500;

    public sealed record Request(Guid[]? AccountIds);

    public sealed record Item(Guid AccountId, string? Language, string? TimeZone);

    public sealed record Answer(IReadOnlyList<Item> Items);

    public static void MapReadPreferences(this IEndpointRouteBuilder app) =>
        app.MapPost("/internal/preferences", HandleAsync).ForAnyone().ExcludeFromDescription();

    private static async Task<IResult> HandleAsync(Request request, HttpRequest http, IConfiguration configuration, Db db, CancellationToken ct)
    {
        if (
            configuration["Callers:Notifications"] is not { Length: >= 16 } key
            || http.Headers["GT-Service-Key"] is not [{ } shown]
            || !CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(shown)), SHA256.HashData(Encoding.UTF8.GetBytes(key)))
        )
        {
            return new Problem(401, "not-signed-in", "Please sign in.");
        }

        return request.AccountIds is { Length: > 0 and <= Most } accounts
            ? TypedResults.Ok(
                new Answer(
                    await db.QueryAsync<Item>(
                        "select id as account_id, language, time_zone from members where id = any(@accounts) order by id",
                        new { accounts },
                        ct
                    )
                )
            )
            : Problem.Invalid("accountIds", $"1 to {Most} ids.");
    }
}
