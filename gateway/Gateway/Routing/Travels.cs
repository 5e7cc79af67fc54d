using System.Net.Http.Headers;
using GroupTherapy.Gateway.Internal;
using GroupTherapy.Platform.Web;
using Yarp.ReverseProxy.Transforms;

namespace GroupTherapy.Gateway.Routing;

/// <summary>
/// What passes the edge. Towards a service a closed list of headers and the internal token: no header from outside that somebody might believe
/// (Authorization, Cookie, X-Forwarded-*, Forwarded, X-User-*, X-Original-URL, X-HTTP-Method-Override, Host) can get through, known or not.
/// </summary>
internal static class Travels
{
    private static readonly string[] Plain =
    [
        "Accept", "Accept-Language", "Idempotency-Key", "If-Match", "If-None-Match", "Prefer",
        "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions",
    ];

    // Content-Encoding travels so that the service refuses what it does not read, instead of taking it for JSON.
    private static readonly string[] OfContent = ["Content-Type", "Content-Length", "Content-Encoding"];

    public static ValueTask ToService(RequestTransformContext request, IReadOnlyList<string> audiences)
    {
        var (context, proxied) = (request.HttpContext, request.ProxyRequest);
        foreach (var name in Plain)
        {
            if (context.Request.Headers.TryGetValue(name, out var values))
            {
                proxied.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }
        }

        foreach (var name in OfContent)
        {
            if (context.Request.Headers.TryGetValue(name, out var values))
            {
                proxied.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }
        }

        if (context.Request.Query.ContainsKey("access_token"))
        {
            // Some hub clients put it there; it counts for nothing and must reach nobody's log.
            request.Query.Collection.Remove("access_token");
        }

        if (context.User.Identity?.IsAuthenticated == true)
        {
            proxied.Headers.Authorization = new AuthenticationHeaderValue("Bearer", context.RequestServices.GetRequiredService<InternalTokens>().For(context.User, audiences));
        }

        return ValueTask.CompletedTask;
    }

    public static ValueTask ToPerson(ResponseTransformContext response, string service, bool https)
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
        else if (https && headers.SetCookie.Count > 0)
        {
            // Only the edge knows that it speaks HTTPS.
            headers.SetCookie = headers.SetCookie.Select(c => $"{c}; secure").ToArray();
        }

        if ((int)answer.StatusCode >= 400 && answer.Content.Headers.ContentLength is null or 0 && answer.Content.Headers.ContentType is null)
        {
            // A refusal without words; the pipeline gives it some.
            response.SuppressResponseBody = true;
        }

        return ValueTask.CompletedTask;
    }
}
