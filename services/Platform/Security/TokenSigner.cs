using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace GroupTherapy.Platform.Security;

/// <summary>A P-256 key that signs from <paramref name="SignsFrom"/> on and is published before that, so that no verifier meets it unprepared.</summary>
public sealed record Es256Key(string Kid, ECDsa Key, DateTimeOffset SignsFrom)
{
    public static Es256Key New(DateTimeOffset signsFrom) =>
        new(Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(12)), ECDsa.Create(ECCurve.NamedCurves.nistP256), signsFrom);

    /// <summary>The public half as a JSON Web Key (RFC 7517, RFC 7518 section 6.2).</summary>
    public PublicKey Public()
    {
        var point = Key.ExportParameters(false).Q;
        return new PublicKey("EC", "P-256", "sig", "ES256", Kid, Base64UrlEncoder.Encode(point.X), Base64UrlEncoder.Encode(point.Y));
    }
}

/// <summary>A JSON Web Key of the only kind we accept.</summary>
public sealed record PublicKey(string Kty, string Crv, string Use, string Alg, string Kid, string X, string Y);

public sealed record PublicKeySet(IReadOnlyList<PublicKey> Keys);

/// <summary>Signs ES256 JSON Web Tokens (RFC 7519) with the newest key that may sign, and publishes every key that a living token may name.</summary>
public sealed class TokenSigner(string issuer, TimeProvider clock)
{
    private static readonly JsonWebTokenHandler Handler = new() { SetDefaultTimesOnTokenCreation = false };
    private volatile IReadOnlyList<Es256Key> _keys = [];

    public IReadOnlyList<Es256Key> Keys => _keys;

    /// <summary>Replaces the keys; the signing one is the newest whose <see cref="Es256Key.SignsFrom"/> has come.</summary>
    public void Use(IEnumerable<Es256Key> keys) => _keys = [.. keys.OrderBy(k => k.SignsFrom)];

    public PublicKeySet Published() => new([.. _keys.Select(k => k.Public())]);

    public string Sign(string audience, TimeSpan lifetime, IDictionary<string, object> claims) => Sign([audience], lifetime, claims);

    /// <param name="audiences">The services the token is for; more than one only where the first passes it on to the next.</param>
    public string Sign(IReadOnlyList<string> audiences, TimeSpan lifetime, IDictionary<string, object> claims)
    {
        var now = clock.GetUtcNow();
        var key = _keys.LastOrDefault(k => k.SignsFrom <= now) ?? throw new InvalidOperationException("No signing key is in force.");
        var token = new SecurityTokenDescriptor
        {
            Issuer = issuer,
            IssuedAt = now.UtcDateTime,
            NotBefore = now.UtcDateTime,
            Expires = (now + lifetime).UtcDateTime,
            Claims = claims,
            SigningCredentials = new SigningCredentials(new ECDsaSecurityKey(key.Key) { KeyId = key.Kid }, SecurityAlgorithms.EcdsaSha256),
        };
        foreach (var audience in audiences)
        {
            token.Audiences.Add(audience);
        }

        return Handler.CreateToken(token);
    }
}
