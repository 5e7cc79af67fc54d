using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace GroupTherapy.Platform.Security;

/// <summary>Services trust one thing: the short-lived token that the gateway signed for exactly this service. No other header means anything.</summary>
public sealed class InternalTokenAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory log,
    UrlEncoder encoder,
    TokenReader reader
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, log, encoder)
{
    public const string SchemeName = "internal";

    /// <summary>The issuer of internal tokens.</summary>
    public const string Issuer = "grouptherapy-gateway";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Bearer(Request) is not { } token)
        {
            return AuthenticateResult.NoResult();
        }

        var identity = await reader.ReadAsync(token, Context.RequestAborted);
        return identity is null
            ? AuthenticateResult.Fail("The token is not valid here.")
            : AuthenticateResult.Success(new AuthenticationTicket(new(new ClaimsIdentity(identity.Claims, Scheme.Name, "sub", "role")), Scheme.Name));
    }

    public static string? Bearer(HttpRequest request)
    {
        var values = request.Headers.Authorization;
        return values.Count == 1 && values[0] is { } value && value.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? value[7..].Trim() : null;
    }
}
