using System.Security.Claims;
using GroupTherapy.Platform.Security;

namespace GroupTherapy.Gateway.Authentication;

/// <summary>Verifies Identity's access tokens by the keys that Identity publishes.</summary>
internal sealed class AccessTokenValidator : IDisposable
{
    private readonly KeyRing _keys;
    private readonly TokenReader _reader;

    public AccessTokenValidator(GatewaySettings settings, TimeProvider clock, ILogger<AccessTokenValidator> log)
    {
        _keys = new KeyRing([new Uri(settings.Identity, "/internal/keys")], clock, log);
        _reader = new TokenReader(_keys, "grouptherapy-identity", "grouptherapy", clock);
    }

    /// <summary>False until Identity's keys were read once.</summary>
    public bool HasKeys => _keys.HasKeys;

    /// <summary>Reads the keys before the first request.</summary>
    public async Task WarmUpAsync(CancellationToken ct) => await _keys.FindAsync("none", ct);

    public ValueTask<ClaimsIdentity?> ReadAsync(string token, CancellationToken ct) => _reader.ReadAsync(token, ct);

    public void Dispose() => _keys.Dispose();
}

internal static class AuthenticationSetup
{
    public static void AddCallerAuthentication(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<AccessTokenValidator>();
        builder.Services.AddSingleton<Revocations>();
        builder.Services.AddSingleton<Edge.RateLimits>();
        builder.Services.AddSingleton<RevocationPoll>();
        builder.Services.AddHostedService(services => services.GetRequiredService<RevocationPoll>());
    }
}
