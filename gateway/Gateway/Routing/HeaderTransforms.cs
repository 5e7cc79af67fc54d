using System.Net.Http.Headers;
using GroupTherapy.Gateway.Edge;
using GroupTherapy.Gateway.Internal;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using Yarp.ReverseProxy.Transforms;

namespace GroupTherapy.Gateway.Routing;

/// <summary>
/// Chooses the headers that pass. A service receives a closed list of headers and the internal token. No other header passes
/// (Authorization, Cookie, X-Forwarded-*, Forwarded, X-User-*, X-Original-URL, X-HTTP-Method-Override, Host), known or unknown.
/// </summary>
internal static class HeaderTransforms
{
    private static readonly string[] RequestHeaders =
    [
        "Accept",
        "Accept-Language",
        "Idempotency-Key",
        "If-Match",
        "If-None-Match",
        "Prefer",
        "Sec-WebSocket-Key",
        "Sec-WebSocket-Version",
        "Sec-WebSocket-Protocol",
        "Sec-WebSocket-Extensions",
    ];

    // A browser that has signed in before, and one that comes back from another provider. The session cookie stays here.
    private static readonly string[] IdentityCookies = ["gt_device", "gt_external"];

    private static readonly string[] ContentHeaders = ["Content-Type", "Content-Length"];

    /// <summary>The headers of a request that pass to a service, without those of its content.</summary>
    public static IEnumerable<(string Name, string? Value)> HeadersForService(HttpRequest request)
    {
        var passed = RequestHeaders.SelectMany(name => request.Headers[name].Select(value => (Name: name, Value: value)));
        var source = request.HttpContext.RequestServices.GetRequiredService<RequestSource>().Of(request.HttpContext);
        return source is null ? passed : passed.Append((Caller.SourceHeader, source));
    }

    /// <summary>
    /// The query that passes: without <c>access_token</c>, which some hub clients send. It is never used, and must not reach a service's log.
    /// </summary>
    public static QueryString QueryForService(HttpRequest request) =>
        request.Query.ContainsKey("access_token") ? QueryString.Create(request.Query.Where(q => q.Key != "access_token")) : request.QueryString;

    public static ValueTask ToService(RequestTransformContext request, IReadOnlyList<string> audiences)
    {
        var (context, proxied) = (request.HttpContext, request.ProxyRequest);
        foreach (var (name, value) in HeadersForService(context.Request))
        {
            proxied.Headers.TryAddWithoutValidation(name, value);
        }

        foreach (var name in ContentHeaders)
        {
            if (context.Request.Headers.TryGetValue(name, out var values))
            {
                proxied.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }
        }

        if (audiences[0] == "identity")
        {
            DescribeSource(context, proxied);
        }

        if (context.Request.Query.ContainsKey("access_token"))
        {
            request.Query.Collection.Remove("access_token");
        }

        if (context.User.Identity?.IsAuthenticated == true)
        {
            proxied.Headers.Authorization = new AuthenticationHeaderValue(
                "Bearer",
                context.RequestServices.GetRequiredService<InternalTokens>().For(context.User, audiences)
            );
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Identity counts wrong passwords by address and by browser, and names the browser in a person's list of sign-ins.</summary>
    private static void DescribeSource(HttpContext context, HttpRequestMessage proxied)
    {
        proxied.Headers.TryAddWithoutValidation("User-Agent", (IEnumerable<string?>)context.Request.Headers.UserAgent);
        proxied.Headers.TryAddWithoutValidation("GT-Source", RateLimits.KeyOf(context.Connection.RemoteIpAddress));
        var settings = context.RequestServices.GetRequiredService<GatewaySettings>();
        var cookies = IdentityCookies
            .Select(name => (name, Value: context.Request.Cookies[settings.CookieName(name)]))
            .Where(c => c.Value is { Length: > 0 and <= 100 } value && value.All(x => char.IsAsciiLetterOrDigit(x) || x is '-' or '_'))
            .Select(c => $"{c.name}={c.Value}")
            .ToList();
        if (cookies.Count > 0)
        {
            proxied.Headers.TryAddWithoutValidation("Cookie", string.Join("; ", cookies));
        }
    }

    public static ValueTask ToClient(ResponseTransformContext response, string service, GatewaySettings settings)
    {
        if (response.ProxyResponse is not { } answer)
        {
            return ValueTask.CompletedTask;
        }

        var headers = response.HttpContext.Response.Headers;
        if (service != "identity")
        {
            headers.Remove("Set-Cookie");
        }
        else if (settings.IsSecure && headers.SetCookie.Count > 0)
        {
            // Only the gateway knows whether the public address is HTTPS.
            headers.SetCookie = headers.SetCookie.Select(c => $"{settings.CookieName(c!)}; secure").ToArray();
        }

        if ((int)answer.StatusCode >= 400 && answer.Content.Headers.ContentLength is null or 0 && answer.Content.Headers.ContentType is null)
        {
            // A refusal without a body: the proxy pipeline writes a problem document.
            response.SuppressResponseBody = true;
        }

        return ValueTask.CompletedTask;
    }
}
