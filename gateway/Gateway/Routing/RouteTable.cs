using Microsoft.AspNetCore.Routing.Template;
using Yarp.ReverseProxy.Configuration;

namespace GroupTherapy.Gateway.Routing;

/// <summary>
/// Maps paths to services. A path that is not listed is 404; <c>/internal</c>, <c>/health</c> and <c>/metrics</c> of a service are never listed.
/// </summary>
internal static class RouteTable
{
    /// <param name="Service">The service that answers, and the audience of the internal token.</param>
    /// <param name="Path">ASP.NET Core route pattern; the more specific wins.</param>
    /// <param name="ForwardedTo">A second audience: a service that <paramref name="Service"/> calls with the same token.</param>
    public sealed record Route(string Service, string Path, string? ForwardedTo = null);

    public static readonly IReadOnlyList<Route> All =
    [
        new("identity", "/api/identity/{**rest}"),
        new("identity", "/api/me/erasure"),
        new("identity", "/api/erasures/proof"),
        new("enrollment", "/api/groups/{id}/consents"),
        new("enrollment", "/api/groups/{id}/roster", ForwardedTo: "room"),
        new("enrollment", "/api/groups/{id}/waitlist"),
        new("enrollment", "/api/groups/{id}/seats/history"),
        new("enrollment", "/api/me/profile"),
        new("enrollment", "/api/me/enrollments"),
        new("enrollment", "/api/me/eligibility"),
        new("enrollment", "/api/enrollments/{**rest}"),
        new("enrollment", "/api/licensing/{**rest}"),
        new("enrollment", "/api/facilitators/{**rest}", ForwardedTo: "identity"),
        new("enrollment", "/api/members/{**rest}"),
        new("enrollment", "/api/professions"),
        new("enrollment", "/api/jurisdictions"),
        new("scheduling", "/api/groups/{**rest}"),
        new("scheduling", "/api/sessions/{id}/{**rest}"),
        new("scheduling", "/api/practices/{**rest}"),
        new("scheduling", "/api/topics"),
        new("scheduling", "/api/facilitators/{id}/availability"),
        new("scheduling", "/api/facilitators/{id}/free-hours"),
        new("scheduling", "/api/free-hours"),
        new("scheduling", "/api/bookings"),
        new("scheduling", "/api/calendar"),
        new("scheduling", "/api/uncovered-sessions"),
        new("scheduling", "/api/me/availability"),
        new("scheduling", "/api/me/sessions/{**rest}"),
        new("scheduling", "/api/me/calendar-feed/{**rest}"),
        new("scheduling", "/calendars/{secret}.ics"),
        new("room", "/api/sessions/{id}/join"),
        new("room", "/api/sessions/{id}/room"),
        new("room", "/api/sessions/{id}/attendance/{**rest}"),
        new("room", "/api/sessions/{id}/events"),
        new("room", "/api/sessions/{id}/moderation"),
        new("room", "/api/sessions/{id}/participants/{participantId}/emergency", ForwardedTo: "enrollment"),
        new("room", "/api/groups/{id}/break-glass"),
        new("room", "/api/break-glass"),
        new("room", "/api/me/disclosures"),
        new("room", HubRule.Path),
        new("room", HubRule.NegotiatePath),
        new("notifications", "/api/me/notifications"),
        new("notifications", "/api/notifications/{**rest}"),
    ];

    public const string Audiences = "audiences";

    private static readonly IReadOnlyList<(string Service, TemplateMatcher Matcher, decimal Precedence)> Matchers =
    [
        .. All.Append(new Route(GatewayApp.Service, "/api/audit/{**rest}"))
            .Append(new Route(GatewayApp.Service, "/api/work/{**rest}"))
            .Append(new Route(GatewayApp.Service, "/api/me/export/{**rest}"))
            .Select(r => (r.Service, Template: TemplateParser.Parse(r.Path)))
            .Select(r => (r.Service, Matcher: new TemplateMatcher(r.Template, []), Precedence: RoutePrecedence.ComputeInbound(r.Template)))
            .OrderBy(r => r.Precedence),
    ];

    /// <summary>The path's template, without ids and secrets; <c>-</c> for a path of no service.</summary>
    public static string TemplateOf(string path) => Matchers.FirstOrDefault(m => m.Matcher.TryMatch(path, [])).Matcher?.Template.TemplateText ?? "-";

    /// <summary>The service that answers a path. Placeholders as in an OpenAPI document are allowed.</summary>
    public static string? ServiceOf(string path) => Matchers.FirstOrDefault(m => m.Matcher.TryMatch(path, [])).Service;

    public static IReadOnlyList<RouteConfig> Configs() =>
        [
            .. All.Select(
                (route, i) =>
                    new RouteConfig
                    {
                        RouteId = $"{i:00}-{route.Service}",
                        ClusterId = route.Service,
                        Match = new RouteMatch { Path = route.Path },
                        Metadata = new Dictionary<string, string>
                        {
                            [Audiences] = route.ForwardedTo is null ? route.Service : $"{route.Service} {route.ForwardedTo}",
                        },
                    }
            ),
        ];
}
