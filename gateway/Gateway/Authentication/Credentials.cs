using GroupTherapy.Platform.Security;

namespace GroupTherapy.Gateway.Authentication;

/// <summary>The credentials of a request: a bearer token or the session cookie. Nothing is read from the URL.</summary>
/// <param name="Token">Null when there are no credentials, or they cannot be read.</param>
/// <param name="Presented">True when there are credentials, readable or not.</param>
internal sealed record Credentials(string? Token, bool Presented, bool ByCookie)
{
    private static readonly Credentials None = new(null, false, false);

    /// <summary>The header wins: a client sets it on purpose, while a browser adds the cookie by itself.</summary>
    public static Credentials Of(HttpRequest request, string cookie) =>
        request.Headers.Authorization.Count > 0 ? new Credentials(InternalTokenAuthentication.Bearer(request), true, false)
        : request.Cookies.TryGetValue(cookie, out var value) && !string.IsNullOrEmpty(value) ? new Credentials(value, true, true)
        : None;
}

/// <summary>
/// Decides whether a cookie may authenticate a request (CSRF, and WebSockets, which CORS does not cover). Writes and WebSockets need our own <c>Origin</c>.
/// Browsers send no <c>Origin</c> with a GET of their own page, but <c>Sec-Fetch-Site</c>, which no page can set: <c>same-origin</c>, or
/// <c>none</c> for an address typed by hand. A GET with neither header is refused.
/// </summary>
internal static class OriginRule
{
    public static bool Allows(HttpRequest request, IReadOnlySet<string> own)
    {
        var origin = request.Headers.Origin;
        if (origin.Count > 0)
        {
            return origin is [{ } one] && own.Contains(one);
        }

        return (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
            && !IsUpgrade(request)
            && request.Headers["Sec-Fetch-Site"] is [("same-origin" or "none")];
    }

    /// <summary>For a sign-in that sets the cookie: a foreign page must not sign its visitor in to another account.</summary>
    public static bool AllowsNewCookie(HttpRequest request, IReadOnlySet<string> own) =>
        request.Headers.Origin is not { Count: > 0 } origin || (origin is [{ } one] && own.Contains(one));

    /// <summary>A pass for a hub connection is asked for in the name of an upgrade.</summary>
    public static bool IsUpgrade(HttpRequest request) => request.Headers.Upgrade.Count > 0 || request.Path == Edge.ForwardedAddress.HubPass;
}
