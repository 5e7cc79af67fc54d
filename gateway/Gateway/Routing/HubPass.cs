using GroupTherapy.Gateway.Authentication;
using GroupTherapy.Gateway.Edge;
using GroupTherapy.Gateway.Internal;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Web;
using Microsoft.AspNetCore.WebUtilities;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;

namespace GroupTherapy.Gateway.Routing;

/// <summary>
/// <c>GET /hub-pass</c>, for a trusted proxy that carries hub connections itself: the gateway decides as for any upgrade, and answers 204 with the
/// node and the internal token that the proxy connects with. A restart of the gateway then drops no room.
/// </summary>
internal static class HubPass
{
    public const string Path = ForwardedAddress.HubPass;
    public const string Token = "X-Hub-Token";
    public const string Node = "X-Hub-Node";

    /// <summary>Where the proxy puts the target that its client asked for: the session in its query chooses the node.</summary>
    public const string Original = "X-Original-URI";

    public static void MapHubPass(this IEndpointRouteBuilder app) => app.MapGet(Path, Answer).ForAnyone().ExcludeFromDescription();

    private static IResult Answer(HttpContext context, InternalTokens tokens, RequestSource source, IProxyStateLookup proxies)
    {
        // A proxy keeps its own clients from this address by this one spelling of it.
        if (!context.CameThroughTrustedProxy() || context.Request.Path.Value != Path)
        {
            return Problem.NotFound();
        }

        if (context.User.Identity?.IsAuthenticated != true)
        {
            return AuthenticationMiddleware.NotSignedIn;
        }

        if (!proxies.TryGetCluster("room", out var rooms) || Pick(rooms.DestinationsState.AvailableDestinations, SessionOf(context)) is not { } node)
        {
            return Problem.TryAgain();
        }

        context.Response.Headers[Token] = tokens.For(context.User, ["room"], source.Of(context));
        context.Response.Headers[Node] = new Uri(node.Model.Config.Address).Authority;
        return TypedResults.NoContent();
    }

    private static string SessionOf(HttpContext context)
    {
        var target = context.Request.Headers[Original].ToString();
        var query = target.IndexOf('?', StringComparison.Ordinal);
        return query < 0 ? "" : QueryHelpers.ParseQuery(target[query..]).GetValueOrDefault("session").ToString();
    }

    private static DestinationState? Pick(IReadOnlyList<DestinationState> nodes, string session) =>
        nodes.MaxBy(n => Rendezvous.Weight(session, n.DestinationId));
}
