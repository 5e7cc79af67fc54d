using System.Net;
using Microsoft.AspNetCore.HttpOverrides;

namespace GroupTherapy.Gateway.Edge;

/// <summary>
/// The caller's address behind a trusted proxy: the last <c>X-Forwarded-For</c>, and no hop further. From anybody else the header means nothing.
/// </summary>
internal static class ForwardedAddress
{
    /// <summary>Comes before everything that asks who calls.</summary>
    public static void UseForwardedAddress(this IApplicationBuilder app, GatewaySettings settings)
    {
        app.UseMiddleware<ForwardingNotes>();
        if (settings.TrustedProxies.Count == 0)
        {
            return;
        }

        var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor, ForwardLimit = 1 };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var network in settings.TrustedProxies)
        {
            options.KnownIPNetworks.Add(network);
        }

        app.UseForwardedHeaders(options);
    }

    /// <summary>True when the connection comes from a trusted proxy. No header decides this.</summary>
    public static bool CameThroughTrustedProxy(this HttpContext context) => context.Features.Get<TrustedProxy>() is not null;

    /// <summary>Where a proxy asks whether it may connect a client to a hub.</summary>
    public const string HubPass = "/hub-pass";

    internal sealed record TrustedProxy;
}

/// <summary>
/// Marks connections of trusted proxies, and says once what an operator would otherwise look for in vain: a proxy that is not trusted, or one that
/// does not say for whom it asks.
/// </summary>
internal sealed class ForwardingNotes(RequestDelegate next, GatewaySettings settings, ILogger<ForwardingNotes> log)
{
    private int _untrusted;
    private int _silent;

    public Task InvokeAsync(HttpContext context)
    {
        if (
            context.Connection.RemoteIpAddress is { } address
            && !context.IsInternal()
            && IsTrusted(address, context.Request.Headers.ContainsKey("X-Forwarded-For"))
        )
        {
            context.Features.Set(new ForwardedAddress.TrustedProxy());
        }

        return next(context);
    }

    private bool IsTrusted(IPAddress address, bool says)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        var trusted = settings.TrustedProxies.Any(n => n.Contains(plain));
        if (says && !trusted && Interlocked.Exchange(ref _untrusted, 1) == 0)
        {
            log.LogWarning(
                "X-Forwarded-For is ignored: it came from an address that is not in Gateway:TrustedProxies. If a proxy of yours sent it, name it "
                    + "(deploy/up --trusted-proxy); otherwise somebody tries it out. Said once"
            );
        }
        else if (!says && trusted && !IPAddress.IsLoopback(plain) && Interlocked.Exchange(ref _silent, 1) == 0)
        {
            log.LogWarning("A trusted proxy sends no X-Forwarded-For: all callers behind it share one rate limit. Said once");
        }

        return trusted;
    }
}
