using System.Security.Claims;
using GroupTherapy.Audit;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Identity.Api;

/// <summary>
/// <c>POST /internal/refusals</c>: refusals that gateways made themselves. A gateway has no database, so its refusals are audited in this service's chain.
/// </summary>
internal static class GatewayRefusals
{
    private const int Most = 2048;

    /// <summary>The subject of a token in which the gateway speaks for itself; no account's.</summary>
    private const string Gateway = "gateway";

    public sealed record Item(string? What, string? Who, string? Practice, string? Source, string? Trace, int Count);

    public sealed record RefusalsRequest(Item[]? Items);

    public static void MapGatewayRefusals(this IEndpointRouteBuilder app) =>
        app.MapPost(
                "/internal/refusals",
                IResult (RefusalsRequest request, ClaimsPrincipal caller, AccessTrail trail) =>
                {
                    if (caller.FindFirstValue("sub") != Gateway)
                    {
                        return Problem.NotFound();
                    }

                    foreach (
                        var item in (request.Items ?? []).Take(Most).Where(i => i is { What.Length: > 0 and <= 200, Who.Length: > 0 and <= 60, Count: > 0 })
                    )
                    {
                        trail.Record(
                            new Access("access.refused", item.Who!, null, null, item.Practice, item.Source, $"gateway: {item.What}"),
                            item.Trace,
                            item.Count
                        );
                    }

                    return TypedResults.NoContent();
                }
            )
            .ForSignedIn()
            .ExcludeFromDescription();
}
