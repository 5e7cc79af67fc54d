using System.Security.Claims;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace GroupTherapy.Platform.Security;

/// <summary>Verifies an ES256 token of one issuer for one audience. Nothing but ES256 is accepted, whatever the token's header says.</summary>
public sealed class TokenReader(KeyRing keys, string issuer, string audience, TimeProvider clock)
{
    /// <summary>Clocks of two machines may differ by this much.</summary>
    public static readonly TimeSpan Leeway = TimeSpan.FromSeconds(30);

    private static readonly JsonWebTokenHandler Handler = new() { MapInboundClaims = false };

    /// <returns>The verified identity, or null.</returns>
    public async ValueTask<ClaimsIdentity?> ReadAsync(string token, CancellationToken ct)
    {
        if (token.Length > 8192 || !Handler.CanReadToken(token))
        {
            return null;
        }

        JsonWebToken jwt;
        try
        {
            jwt = Handler.ReadJsonWebToken(token);
        }
        catch (Exception e) when (e is ArgumentException or SecurityTokenException)
        {
            return null;
        }

        if (jwt.Alg != SecurityAlgorithms.EcdsaSha256 || await keys.FindAsync(jwt.Kid, ct) is not { } key)
        {
            return null;
        }

        var result = await Handler.ValidateTokenAsync(
            jwt,
            new TokenValidationParameters
            {
                ValidIssuer = issuer,
                ValidAudience = audience,
                IssuerSigningKey = key,
                ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
                RequireExpirationTime = true,
                RequireSignedTokens = true,
                LifetimeValidator = Alive,
                NameClaimType = "sub",
                RoleClaimType = "role",
            }
        );
        return result.IsValid ? result.ClaimsIdentity : null;
    }

    private bool Alive(DateTime? notBefore, DateTime? expires, SecurityToken token, TokenValidationParameters parameters)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        return expires is { } end && now < end + Leeway && (notBefore is not { } start || now >= start - Leeway);
    }
}
