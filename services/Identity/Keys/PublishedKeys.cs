using GroupTherapy.Identity.SignIns;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Identity.Keys;

/// <summary><c>GET /internal/keys</c>: the public halves, for whoever verifies people's tokens. Not routed from outside.</summary>
public static class PublishedKeys
{
    public static void MapPublishedKeys(this IEndpointRouteBuilder app) =>
        app.MapGet("/internal/keys", Handle).ForAnyone().ExcludeFromDescription();

    private static IResult Handle(IServiceProvider services) =>
        services.GetRequiredService<KeyKeeper>().Published is { } keys ? TypedResults.Ok(keys) : Problem.TryAgain();

    public static void AddSigningKeys(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<KeyVault>();
        builder.Services.AddSingleton(services => new TokenSigner(AccessTokens.Issuer, services.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton<AccessTokens>();
        builder.Services.AddSingleton<KeyKeeper>();
        builder.Services.AddHostedService(services => services.GetRequiredService<KeyKeeper>());
    }
}
