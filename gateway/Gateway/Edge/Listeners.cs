using System.Net;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Web;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace GroupTherapy.Gateway.Edge;

/// <summary>
/// Two listeners in one process: the public one, and the internal one on which services fetch the gateway's keys.
/// The connection decides which listener a request belongs to; no header can.
/// </summary>
internal static class Listeners
{
    public static void AddListeners(this WebApplicationBuilder builder, GatewaySettings settings)
    {
        // The addresses in Gateway:* replace the general setting.
        builder.Configuration["Urls"] = "";
        // A message of a client is handled by the thread that received it, instead of being handed on twice.
        builder.WebHost.UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            var limits = kestrel.Limits;
            limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
            (limits.MaxRequestHeadersTotalSize, limits.MaxRequestHeaderCount, limits.MaxRequestLineSize) = (32 * 1024, 64, 8 * 1024);
            // A body that trickles in holds a connection: a quarter of a mebibyte may take 18 minutes on the slowest line, and no longer.
            limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
            Listen(settings.Listen, options => Secure(options, kestrel.ApplicationServices));
            Listen(
                settings.Internal,
                options =>
                    options.Use(next =>
                        connection =>
                        {
                            connection.Features.Set(new InternalConnection());
                            return next(connection);
                        }
                    )
            );

            void Secure(ListenOptions options, IServiceProvider services)
            {
                // One protocol for all: a hub's socket is an HTTP/1.1 upgrade, and no request is translated between two framings.
                options.Protocols = HttpProtocols.Http1;
                if (settings.Tls is { } files)
                {
                    var certificate = ActivatorUtilities.CreateInstance<TlsCertificate>(services, files);
                    options.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(certificate.Current()) });
                }
            }

            void Listen(Uri address, Action<ListenOptions> configure)
            {
                var ip =
                    address.Host == "localhost" ? IPAddress.Loopback
                    : IPAddress.TryParse(address.Host.Trim('[', ']'), out var parsed) ? parsed
                    : throw new InvalidOperationException($"The gateway cannot listen on '{address.Host}': give an IP address in Gateway:Listen.");
                kestrel.Listen(ip, address.Port, configure);
            }
        });
    }

    public static bool IsInternal(this HttpContext context) => context.Features.Get<InternalConnection>() is not null;

    private sealed record InternalConnection;
}

/// <summary>
/// Limits each listener to its paths: the internal one has keys, health and metrics; the public one has no <c>/internal</c> and no <c>/metrics</c>.
/// </summary>
internal sealed class ListenerPaths(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        var path = context.Request.Path;
        var allowed = context.IsInternal()
            ? path == "/internal/keys" || path == "/health/live" || path == "/health/ready" || path == "/metrics"
            : !path.StartsWithSegments("/internal") && !path.StartsWithSegments("/metrics");
        return allowed ? next(context) : Problem.NotFound().ExecuteAsync(context);
    }
}
