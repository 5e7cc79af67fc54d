using GroupTherapy.Gateway.Authentication;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Gateway;

/// <summary>Live: the process answers. Ready: it can tell a valid access token from a revoked or forged one. Services behind it may be down.</summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapGet("/health/live", () => TypedResults.Ok(new { status = "live" })).ForAnyone().ExcludeFromDescription();
        app.MapGet(
                "/health/ready",
                (AccessTokenValidator validator, Revocations revocations) =>
                    validator.HasKeys && revocations.IsLoaded ? (IResult)TypedResults.Ok(new { status = "ready" }) : Problem.TryAgain()
            )
            .ForAnyone()
            .ExcludeFromDescription();
    }
}
