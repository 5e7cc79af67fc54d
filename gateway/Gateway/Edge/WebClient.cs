using Microsoft.Net.Http.Headers;

namespace GroupTherapy.Gateway.Edge;

/// <summary>
/// Serves the web client from the origin of the API. Its files are public: they are served before authentication, so that a dead cookie
/// does not lock its owner out of the sign-in page.
/// </summary>
internal sealed class WebClient(RequestDelegate next, WebFiles files, GatewaySettings settings)
{
    private const string Forever = "public, max-age=31536000, immutable";
    private const string AnHour = "public, max-age=3600";

    // A worker has the policy of its own script: it alone may compile WebAssembly, and it reaches nothing but our own files (decision 0033).
    private static readonly PagePolicy Worker = new(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
        "camera=(), microphone=(), geolocation=()"
    );

    private readonly string _sockets = string.Join(' ', settings.Origins.Select(o => "ws" + o["http".Length..]));

    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (!files.HasPage || context.IsInternal() || !(HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)))
        {
            return next(context);
        }

        return files.Find(request.Path.Value ?? "") is { } file ? SendFileAsync(context, file)
            : WebPaths.IsPage(request.Path, request.Headers.Accept) ? SendPageAsync(context)
            : next(context);
    }

    private static Task SendFileAsync(HttpContext context, WebFile file)
    {
        var compressed = file.Brotli is not null && AcceptsBrotli(context.Request);
        var response = context.Response;
        context.Features.Set(new ContentPolicy(file.Hashed ? Forever : AnHour, WebPaths.IsWorker(context.Request.Path) ? Worker : null));
        response.ContentType = file.ContentType;
        if (file.Brotli is not null)
        {
            response.Headers.Vary = HeaderNames.AcceptEncoding;
        }

        if (compressed)
        {
            response.Headers.ContentEncoding = "br";
        }

        return SendAsync(context, compressed ? file.Brotli! : file.Content);
    }

    private Task SendPageAsync(HttpContext context)
    {
        var (html, nonce) = files.Page();
        context.Features.Set(
            new ContentPolicy(
                "no-store",
                new PagePolicy(
                    $"default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; font-src 'self'; "
                        + $"media-src 'self' blob:; connect-src 'self' {_sockets}; worker-src 'self'; manifest-src 'self'; "
                        + "require-trusted-types-for 'script'; trusted-types blur-worker; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
                    "camera=(self), microphone=(self), screen-wake-lock=(self), autoplay=(self), geolocation=(), display-capture=()"
                )
            )
        );
        context.Response.ContentType = "text/html; charset=utf-8";
        return SendAsync(context, html);
    }

    private static Task SendAsync(HttpContext context, byte[] content)
    {
        context.Response.ContentLength = content.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(content, context.RequestAborted).AsTask();
    }

    private static bool AcceptsBrotli(HttpRequest request) =>
        StringWithQualityHeaderValue.TryParseList(request.Headers.AcceptEncoding, out var encodings)
        && encodings.Any(e => e.Value.Equals("br", StringComparison.OrdinalIgnoreCase) && e.Quality is not 0);
}

/// <summary>Replaces headers that <see cref="SecurityHeaders"/> sets.</summary>
/// <param name="Page">Null for anything that is neither a page nor a worker: nothing may be loaded from it.</param>
internal sealed record ContentPolicy(string CacheControl, PagePolicy? Page);

internal sealed record PagePolicy(string ContentSecurityPolicy, string PermissionsPolicy);

/// <summary>Which paths are pages of the web client. The client itself knows which of them exist. Pure.</summary>
internal static class WebPaths
{
    private static readonly string[] Ours = ["/api", "/hubs", "/health", "/openapi", "/asyncapi", "/docs", "/calendars", "/assets", "/internal", "/metrics"];

    /// <summary>True for a script that runs in a worker.</summary>
    public static bool IsWorker(PathString path) => path.StartsWithSegments("/assets") && path.Value!.EndsWith("-worker.js", StringComparison.Ordinal);

    /// <summary>True for a request that a browser opens as a page: it asks for HTML, and the path is neither the API's nor a file's.</summary>
    public static bool IsPage(PathString path, Microsoft.Extensions.Primitives.StringValues accept) =>
        accept.Any(a => a?.Contains("text/html", StringComparison.OrdinalIgnoreCase) == true)
        && !Ours.Any(o => path.StartsWithSegments(o))
        && !path.Value!.AsSpan(path.Value!.LastIndexOf('/')).Contains('.');
}
