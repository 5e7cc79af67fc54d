using System.Security.Cryptography;
using System.Text;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Identity.Api;

/// <summary>Endpoints for another service that asks in its own name: it shows the key that the deployment gave to both (<c>Callers:NAME</c>).</summary>
internal static class ServiceKeys
{
    public const string Header = "GT-Service-Key";

    /// <param name="service">The only one that may call; without a key in the settings every caller is refused.</param>
    public static RouteHandlerBuilder ForService(this RouteHandlerBuilder endpoint, string service) =>
        endpoint
            .ForAnyone()
            .ExcludeFromDescription()
            .AddEndpointFilter(
                async (context, next) =>
                    context.HttpContext.RequestServices.GetRequiredService<IConfiguration>()[$"Callers:{service}"] is { Length: >= 16 } key
                    && context.HttpContext.Request.Headers[Header] is [{ } shown]
                    && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(shown)), SHA256.HashData(Encoding.UTF8.GetBytes(key)))
                        ? await next(context)
                        : new Problem(401, "not-signed-in", "Please sign in.")
            );
}
