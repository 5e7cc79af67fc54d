using System.Net;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Web;

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
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
            Listen(settings.Listen, _ => { });
            Listen(settings.Internal, options => options.Use(next => connection =>
            {
                connection.Features.Set(new InternalConnection());
                return next(connection);
            }));

            void Listen(Uri address, Action<Microsoft.AspNetCore.Server.Kestrel.Core.ListenOptions> configure)
            {
                var ip = address.Host == "localhost" ? IPAddress.Loopback
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
