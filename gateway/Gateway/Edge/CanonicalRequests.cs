using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Web;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace GroupTherapy.Gateway.Edge;

/// <summary>
/// Accepts one spelling of each path: the raw target must equal the routed path, byte for byte. Our paths need no escapes. An escaped, doubled or
/// dotted spelling could be read differently by a service, and is 404.
/// </summary>
internal sealed class CanonicalRequests(RequestDelegate next)
{
    /// <summary>
    /// Where Kestrel puts a Content-Length that came beside a Transfer-Encoding. It reads such a request by the latter; another reader might not (RFC
    /// 9112 section 6.3).
    /// </summary>
    private const string DisplacedLength = "X-Content-Length";

    private const long LargestDrained = 16 * 1024 * 1024;

    private static readonly HashSet<string> Methods = new(StringComparer.Ordinal) { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS" };

    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (request.Headers.TransferEncoding.Count > 0 && request.Headers.ContainsKey(DisplacedLength))
        {
            context.Response.Headers.Connection = "close";
            return new Problem(400, "bad-request", "A request has one length.").ExecuteAsync(context);
        }

        if (request.ContentLength > PlatformApp.LargestBody && context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            // The body is refused but drained; otherwise the connection is reset before the client reads the answer.
            limit.MaxRequestBodySize = Math.Max(PlatformApp.LargestBody, Math.Min(request.ContentLength.Value, LargestDrained));
        }

        var problem =
            !PathRules.IsCanonical(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget, request.Path.Value ?? "") ? Problem.NotFound()
            : !Methods.Contains(request.Method) ? new Problem(405, "method-not-allowed", "This method is not used here.")
            : !IsUtf8(request) ? new Problem(415, "unsupported-media-type", "Send UTF-8.")
            : request.Headers.ContentEncoding.Count > 0 ? new Problem(415, "unsupported-media-type", "Send the text itself, without a Content-Encoding.")
            : request.ContentLength > PlatformApp.LargestBody ? new Problem(413, "too-large", "A request may have 256 KiB at most.")
            : null;
        return problem is null ? next(context) : problem.ExecuteAsync(context);
    }

    // A reader that honours another charset would see another text. Services know the name of this one without its quotes alone.
    private static bool IsUtf8(HttpRequest request)
    {
        if (request.Headers.ContentType is not { Count: > 0 } types)
        {
            return true;
        }

        if (types.Count > 1 || !MediaTypeHeaderValue.TryParse(types[0], out var type))
        {
            return types.Count == 1;
        }

        var named = type.Parameters.Where(p => p.Name.Equals("charset", StringComparison.OrdinalIgnoreCase)).Select(p => HeaderUtilities.RemoveQuotes(p.Value))
            .ToList();
        if (named.Count == 1 && named[0].Equals("utf-8", StringComparison.OrdinalIgnoreCase))
        {
            type.Charset = "utf-8";
            request.Headers.ContentType = type.ToString();
            return true;
        }

        return named.Count == 0;
    }
}

/// <summary>The pure rule.</summary>
internal static class PathRules
{
    /// <param name="rawTarget">The request target as it came: <c>/path?query</c>, or absolute with scheme and authority (RFC 9112 section 3.2.2).</param>
    /// <param name="path">The path as the server decoded it, which routing goes by.</param>
    public static bool IsCanonical(string rawTarget, string path)
    {
        var target = rawTarget.AsSpan();
        var query = target.IndexOf('?');
        target = query < 0 ? target : target[..query];
        if (target is not ['/', ..])
        {
            var authority = target.IndexOf("://", StringComparison.Ordinal);
            var slash = authority < 0 ? -1 : target[(authority + 3)..].IndexOf('/');
            if (slash < 0)
            {
                return false;
            }

            target = target[(authority + 3 + slash)..];
        }

        return target.SequenceEqual(path) && (path == "/" || IsPlain(path));
    }

    /// <summary>Segments of <c>A-Za-z0-9._~-</c>, none empty, none that starts or ends with a dot.</summary>
    private static bool IsPlain(string path)
    {
        var before = '/';
        for (var i = 1; i < path.Length; i++)
        {
            var c = path[i];
            if (!(char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '~' or '-' or '/') || (c == '/' && before is '/' or '.') || (c == '.' && before == '/'))
            {
                return false;
            }

            before = c;
        }

        return path.Length > 1 && before is not ('/' or '.');
    }
}
