using System.Net;
using GroupTherapy.Gateway.People;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Gateway.Edge;

/// <summary>Two listeners in one process: the public one, and one on which the services fetch the gateway's keys. Which one a request came in on is a fact of the connection; no header decides it.</summary>
internal static class Listeners
{
    public static void AddListeners(this WebApplicationBuilder builder, GatewaySettings settings)
    {
        // What Gateway:* says wins over the general setting, silently.
        builder.Configuration["Urls"] = "";
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

    /// <summary>Live: the process answers. Ready: it can tell a good token from a bad one. Services behind it may be away.</summary>
    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapGet("/health/live", () => TypedResults.Ok(new { status = "live" })).ForAnyone().ExcludeFromDescription();
        app.MapGet("/health/ready", (PeopleTokens people, Revocations revocations) =>
            people.CanTell && revocations.Known ? (IResult)TypedResults.Ok(new { status = "ready" }) : Problem.TryAgain()).ForAnyone().ExcludeFromDescription();
    }

    public static bool IsInternal(this HttpContext context) => context.Features.Get<InternalConnection>() is not null;

    private sealed record InternalConnection;
}

/// <summary>What the internal listener answers: keys and health. The public one has no <c>/internal</c> at all.</summary>
internal sealed class ListenerSplit(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        var path = context.Request.Path;
        var allowed = context.IsInternal()
            ? path == "/internal/keys" || path == "/health/live" || path == "/health/ready"
            : !path.StartsWithSegments("/internal");
        return allowed ? next(context) : Problem.NotFound().ExecuteAsync(context);
    }
}
