using System.ComponentModel;
using System.Security.Claims;
using System.Text.Json.Nodes;
using GroupTherapy.Description;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Gateway.PersonalData;

/// <summary>
/// Everything that the services hold of the caller, collected in the background with the caller's own internal tokens. Asking for it is a grave act; reading
/// it is for the sign-in that asked, through any gateway.
/// </summary>
internal static class ExportEndpoints
{
    /// <param name="Status"><c>collecting</c>; the address answers the data itself once it is there.</param>
    public sealed record Export(Guid Id, string Status, string Location, DateTimeOffset ExpiresAt);

    public static void MapExport(this IEndpointRouteBuilder app)
    {
        app.MapGet(
                "/api/me/export",
                async Task<IResult> (ClaimsPrincipal person, Exports exports, HttpContext http, CancellationToken ct) =>
                    await exports.BeginAsync(person, http, ct) is { } begun ? Collecting(http, begun) : Problem.TryAgain()
            )
            .ForSignedIn()
            .Produces<Export>(202)
            .Describe("exportMe", Tag.Profile, "Collect everything that is held of me")
            .AfterStepUp();
        app.MapGet(
                "/api/me/export/{id:guid}",
                async Task<IResult> (
                    Guid id,
                    [Description("The language of the page; left out, the person's own.")] string? language,
                    ClaimsPrincipal person,
                    Exports exports,
                    HttpContext http,
                    CancellationToken ct
                ) =>
                {
                    var (known, begun, data) = await exports.OpenAsync(person, id, http, ct);
                    if (data is null)
                    {
                        return !known ? Problem.NotFound()
                            : begun is null ? Problem.TryAgain()
                            : Collecting(http, begun);
                    }

                    http.Response.Headers.CacheControl = "no-store";
                    var asPage = http.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);
                    http.Response.Headers.ContentDisposition = asPage ? "inline" : "attachment; filename=\"my-data.json\"";
                    return asPage
                        ? TypedResults.Text(ExportPage.Of(data, language, Accepted(http.Request)), "text/html; charset=utf-8")
                        : TypedResults.Ok(data);
                }
            )
            .ForSignedIn()
            .Produces<JsonObject>()
            .Produces<Export>(202)
            .Describe("getMyExport", Tag.Profile, "What is held of me, as JSON or as a page");
    }

    private static IEnumerable<string?> Accepted(HttpRequest request) =>
        request.GetTypedHeaders().AcceptLanguage.OrderByDescending(l => l.Quality ?? 1).Select(l => l.Value.Value);

    private static IResult Collecting(HttpContext http, Exports.Begun begun)
    {
        var location = $"/api/me/export/{begun.Id}";
        http.Response.Headers.RetryAfter = "1";
        return TypedResults.Accepted(location, new Export(begun.Id, "collecting", location, begun.ExpiresAt));
    }
}
