using GroupTherapy.Platform.Security;

namespace GroupTherapy.Gateway.People;

/// <summary>What a request shows to say who it is. Never anything from the URL.</summary>
/// <param name="Token">Null when nothing was shown, or nothing readable.</param>
/// <param name="Presented">Something was shown, readable or not.</param>
internal sealed record Credentials(string? Token, bool Presented, bool ByCookie)
{
    public const string Cookie = "gt_session";
    private static readonly Credentials None = new(null, false, false);

    /// <summary>A header is meant; a cookie comes by itself. So the header wins.</summary>
    public static Credentials Of(HttpRequest request) =>
        request.Headers.Authorization.Count > 0 ? new Credentials(InternalTokenAuthentication.Bearer(request), true, false)
        : request.Cookies.TryGetValue(Cookie, out var value) && !string.IsNullOrEmpty(value) ? new Credentials(value, true, true)
        : None;
}

/// <summary>
/// Whether a cookie may speak for its owner here (CSRF, and WebSockets, which CORS does not cover). Whatever changes something, and every WebSocket, needs
/// our own Origin. Browsers send no Origin with a plain GET of their own page, but <c>Sec-Fetch-Site</c>, which no page can set: <c>same-origin</c>, or
/// <c>none</c> for an address typed by hand. A GET with neither is refused: who is no browser has a bearer token.
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

        return (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)) && !IsUpgrade(request)
            && request.Headers["Sec-Fetch-Site"] is [("same-origin" or "none")];
    }

    /// <summary>A sign-in that asks for a cookie: a foreign page must not sign its visitor in as somebody else.</summary>
    public static bool AllowsNewCookie(HttpRequest request, IReadOnlySet<string> own) =>
        request.Headers.Origin is not { Count: > 0 } origin || (origin is [{ } one] && own.Contains(one));

    public static bool IsUpgrade(HttpRequest request) => request.Headers.Upgrade.Count > 0;
}
