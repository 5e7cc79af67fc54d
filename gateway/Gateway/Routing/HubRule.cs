using GroupTherapy.Gateway.People;
using GroupTherapy.Platform.Problems;
using Microsoft.AspNetCore.Http.Features;

namespace GroupTherapy.Gateway.Routing;

/// <summary>The hub takes WebSockets alone, and only from who is signed in: long polling and event streams do not exist here. Negotiation may be asked for.</summary>
internal static class HubRule
{
    public const string Path = "/hubs/room";
    public const string NegotiatePath = "/hubs/room/negotiate";

    /// <returns>Why not, or null.</returns>
    public static Problem? Refusal(HttpContext context)
    {
        var path = context.Request.Path;
        if (!path.StartsWithSegments(Path))
        {
            return null;
        }

        var known = path == NegotiatePath ? HttpMethods.IsPost(context.Request.Method) : IsWebSocket(context);
        return !known ? Problem.NotFound() : context.User.Identity?.IsAuthenticated != true ? Gate.NotSignedIn : null;
    }

    private static bool IsWebSocket(HttpContext context) =>
        context.Features.Get<IHttpUpgradeFeature>()?.IsUpgradableRequest == true
        && string.Equals(context.Request.Headers.Upgrade, "websocket", StringComparison.OrdinalIgnoreCase);
}
