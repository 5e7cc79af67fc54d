namespace GroupTherapy.Gateway.Edge;

/// <summary>
/// Security headers of every response: no caching, no content sniffing, no framing, no referrer. The web client's own files bring a
/// <see cref="ContentPolicy"/>: they may be cached, and its pages may load what is ours.
/// </summary>
internal sealed class SecurityHeaders(RequestDelegate next, GatewaySettings settings)
{
    private static readonly string Year = $"max-age={(int)TimeSpan.FromDays(365).TotalSeconds}; includeSubDomains";

    public Task InvokeAsync(HttpContext context)
    {
        context.Response.OnStarting(() =>
        {
            var headers = context.Response.Headers;
            var own = context.Features.Get<ContentPolicy>();
            headers.CacheControl = own?.CacheControl ?? (IsCalendar(context) ? headers.CacheControl : "no-store");
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "no-referrer";
            headers.ContentSecurityPolicy = own?.Page?.ContentSecurityPolicy ?? PolicyOf(context.Request.Path);
            headers.XFrameOptions = "DENY";
            headers["Cross-Origin-Resource-Policy"] = "same-origin";
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            headers["Permissions-Policy"] = own?.Page?.PermissionsPolicy ?? "camera=(), microphone=(), geolocation=()";
            headers.Remove("Server");
            headers.Remove("X-Powered-By");
            if (settings.IsSecure)
            {
                headers.StrictTransportSecurity = Year;
            }

            return Task.CompletedTask;
        });
        return next(context);
    }

    private static string PolicyOf(PathString path) => $"default-src 'none'; {(OpenPages.IsStyled(path) ? "style-src 'self'; " : "")}"
        + $"frame-ancestors 'none'; base-uri 'none'; form-action {(OpenPages.IsForm(path) ? "'self'" : "'none'")}";

    // A calendar program keeps what it has, and asks with its tag whether that is still so. Its service says who may keep it.
    private static bool IsCalendar(HttpContext context) => context.Request.Path.StartsWithSegments("/calendars")
        && context.Response.StatusCode is StatusCodes.Status200OK or StatusCodes.Status304NotModified && context.Response.Headers.CacheControl.Count > 0;
}
