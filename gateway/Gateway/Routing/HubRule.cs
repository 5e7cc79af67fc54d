using GroupTherapy.Gateway.Authentication;
using GroupTherapy.Platform.Problems;
using Microsoft.AspNetCore.Http.Features;

namespace GroupTherapy.Gateway.Routing;

/// <summary>The hub accepts WebSockets and negotiation from signed-in callers. There is no long polling and no event stream.</summary>
internal static class HubRule
{
    public const string Path = "/hubs/room";
    public const string NegotiatePath = "/hubs/room/negotiate";

    /// <returns>The refusal; null when the request may pass.</returns>
    public static Problem? Refusal(HttpContext context)
    {
        var path = context.Request.Path;
        if (!path.StartsWithSegments(Path))
        {
            return null;
        }

        var known = path == NegotiatePath ? HttpMethods.IsPost(context.Request.Method) : IsWebSocket(context);
        return !known ? Problem.NotFound()
            : context.User.Identity?.IsAuthenticated != true ? AuthenticationMiddleware.NotSignedIn
            : null;
    }

    private static bool IsWebSocket(HttpContext context) =>
        context.Features.Get<IHttpUpgradeFeature>()?.IsUpgradableRequest == true
        && string.Equals(context.Request.Headers.Upgrade, "websocket", StringComparison.OrdinalIgnoreCase);
}
