using GroupTherapy.Identity.Storage;
using GroupTherapy.Identity.Workers;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using GroupTherapy.Platform.Work;

namespace GroupTherapy.Identity.Api;

/// <summary><c>GET /internal/keys</c>: the public halves of the signing keys, for the gateway. Not routed from outside.</summary>
public static class PublishedKeys
{
    public static void MapPublishedKeys(this IEndpointRouteBuilder app) => app.MapGet("/internal/keys", Handle).ForAnyone().ExcludeFromDescription();

    private static IResult Handle(IServiceProvider services) =>
        services.GetRequiredService<SigningKeys>().Published is { } keys ? TypedResults.Ok(keys) : Problem.TryAgain();

    public static void AddSigningKeys(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<SecretVault>();
        builder.Services.AddSingleton(services => new TokenSigner(AccessTokens.Issuer, services.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton<AccessTokens>();
        builder.Services.AddSingleton<SigningKeyStore>();
        builder.Services.AddSingleton<SigningKeys>();
        builder.Services.AddHostedService(services => services.GetRequiredService<SigningKeys>());
        builder.Services.AddDueWork<RotateSigningKeys>();
    }
}
