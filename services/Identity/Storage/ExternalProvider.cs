using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GroupTherapy.Identity.Domain;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace GroupTherapy.Identity.Storage;

/// <summary>Speaks to the OpenID Connect provider: authorization code flow with PKCE and a nonce (OpenID Connect Core, RFC 7636).</summary>
internal sealed class ExternalProvider : IDisposable
{
    private static readonly JsonWebTokenHandler Tokens = new() { MapInboundClaims = false };
    private readonly ExternalRules _rules;
    private readonly TimeProvider _clock;
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(10), MaxResponseContentBufferSize = 1024 * 1024 };
    private readonly ConfigurationManager<OpenIdConnectConfiguration> _configuration;

    public ExternalProvider(ExternalRules rules, string site, TimeProvider clock)
    {
        (_rules, _clock, Callback) = (rules, clock, $"{site}/api/identity/external/callback");
        _configuration = new ConfigurationManager<OpenIdConnectConfiguration>(
            $"{rules.Authority}/.well-known/openid-configuration",
            new OpenIdConnectConfigurationRetriever(),
            new HttpDocumentRetriever(_http) { RequireHttps = rules.Authority.StartsWith("https:", StringComparison.Ordinal) }
        );
    }

    /// <summary>Where the provider sends the browser back to; by the configured public address.</summary>
    public string Callback { get; }

    /// <param name="again">The provider is to ask the person anew, and to say when it did.</param>
    /// <returns>The page of the provider that the browser goes to.</returns>
    public async Task<string> StartAsync(string state, string nonce, string verifier, bool again, CancellationToken ct)
    {
        var configuration = await _configuration.GetConfigurationAsync(ct);
        var message = new OpenIdConnectMessage
        {
            IssuerAddress = configuration.AuthorizationEndpoint,
            ClientId = _rules.ClientId,
            ResponseType = "code",
            RedirectUri = Callback,
            Scope = "openid email profile",
            State = state,
            Nonce = nonce,
            Parameters =
            {
                ["code_challenge"] = Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))),
                ["code_challenge_method"] = "S256",
            },
        };
        if (again)
        {
            (message.Prompt, message.MaxAge) = ("login", "0");
        }

        return message.CreateAuthenticationRequestUrl();
    }

    /// <returns>The verified ID token; null when the code or the token is not right.</returns>
    public async Task<JsonWebToken?> RedeemAsync(string code, string nonce, string verifier, CancellationToken ct)
    {
        var configuration = await _configuration.GetConfigurationAsync(ct);
        var form = new Dictionary<string, string>
        {
            ["grant_type"] = "authorization_code",
            ["code"] = code,
            ["redirect_uri"] = Callback,
            ["client_id"] = _rules.ClientId,
            ["code_verifier"] = verifier,
        };
        if (_rules.ClientSecret is { } secret)
        {
            form["client_secret"] = secret;
        }

        using var content = new FormUrlEncodedContent(form);
        using var answer = await _http.PostAsync(new Uri(configuration.TokenEndpoint), content, ct);
        if (!answer.IsSuccessStatusCode || IdTokenOf(await answer.Content.ReadAsByteArrayAsync(ct)) is not { } text)
        {
            return null;
        }

        var result = await Tokens.ValidateTokenAsync(
            text,
            new TokenValidationParameters
            {
                ValidIssuer = configuration.Issuer,
                ValidAudience = _rules.ClientId,
                IssuerSigningKeys = configuration.SigningKeys,
                ValidAlgorithms = [SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.EcdsaSha256],
                RequireSignedTokens = true,
                RequireExpirationTime = true,
                LifetimeValidator = (begins, ends, _, _) =>
                    ends is { } end
                    && _clock.GetUtcNow().UtcDateTime < end.AddSeconds(30)
                    && (begins is not { } start || _clock.GetUtcNow().UtcDateTime >= start.AddSeconds(-30)),
            }
        );
        if (!result.IsValid)
        {
            // Their keys may have been rotated: the next sign-in reads them anew.
            _configuration.RequestRefresh();
            return null;
        }

        return
            result.SecurityToken is JsonWebToken token
            && token.TryGetPayloadValue<string>("nonce", out var theirs)
            && theirs == nonce
            && _rules.Names(token.Subject, token.TryGetPayloadValue<string>("azp", out var madeFor) ? madeFor : null, token.Audiences.Count())
            ? token
            : null;
    }

    public void Dispose() => _http.Dispose();

    private static string? IdTokenOf(byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.TryGetProperty("id_token", out var token) ? token.GetString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
