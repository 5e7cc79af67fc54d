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
            headers.CacheControl = own?.CacheControl ?? "no-store";
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "no-referrer";
            headers.ContentSecurityPolicy = own?.Page?.ContentSecurityPolicy
                ?? "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
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
}
