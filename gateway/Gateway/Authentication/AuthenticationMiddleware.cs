using System.Collections.Frozen;
using System.Globalization;
using System.Security.Claims;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Gateway.Edge;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;

namespace GroupTherapy.Gateway.Authentication;

/// <summary>
/// Authenticates the caller or refuses the request: 503 until keys and revocations are loaded, 401 for an invalid or revoked token,
/// 403 for a cookie from a foreign page, 429 over the rate limit. Invalid credentials are refused on open paths too, except on the sign-in paths.
/// </summary>
internal sealed class AuthenticationMiddleware(
    RequestDelegate next,
    GatewaySettings settings,
    AccessTokenValidator validator,
    Revocations revocations,
    RateLimits limits
)
{
    /// <summary>The key under which a request holds the verified identity of its token, refused or not.</summary>
    internal static readonly object PersonKey = new();

    public static readonly Problem NotSignedIn = new(401, "not-signed-in", "Please sign in.");
    private static readonly Problem SecondFactorRequired = new(
        403,
        "second-factor-required",
        "Your role needs a second factor. Set one up first; it takes two minutes."
    );

    private static readonly Problem Foreign = new(403, "origin-not-allowed", "This page may not use your sign-in.");

    public async Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (context.IsInternal() || request.Path.StartsWithSegments("/health"))
        {
            await next(context);
            return;
        }

        var signsIn = IsSignIn(request.Path);
        var (person, problem) = await AuthenticateAsync(context, signsIn);
        if (limits.Refuse(person?.FindFirst("sub")?.Value, context.Connection.RemoteIpAddress, signsIn) is { } wait)
        {
            problem = new Problem(
                429,
                "too-many-requests",
                "That was too much at once. Please wait a moment.",
                RetryAfter: Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds))
            );
        }

        if (
            problem is null
            && person?.HasClaim(Caller.FlagClaim, SecondFactorRequired.Code) == true
            && !IsOwnAccount(request.Path)
            && request.Path.StartsWithSegments("/api")
        )
        {
            problem = SecondFactorRequired;
        }

        if (problem is not null)
        {
            await RefuseAsync(context, problem);
            return;
        }

        if (person is not null)
        {
            context.User = new ClaimsPrincipal(new ClaimsIdentity(person.Claims, "person", "sub", "role"));
        }

        await next(context);
    }

    private async Task<(ClaimsIdentity? Person, Problem? Problem)> AuthenticateAsync(HttpContext context, bool signsIn)
    {
        var request = context.Request;
        if (signsIn && request.Query.ContainsKey("useCookies") && !OriginRule.AllowsNewCookie(request, settings.Origins))
        {
            return (null, Foreign);
        }

        var credentials = Credentials.Of(request, settings.Cookie);
        if (!credentials.Presented || OpenPages.IsForm(request.Path))
        {
            return (null, null);
        }

        if (!validator.HasKeys || !revocations.IsLoaded)
        {
            return signsIn ? (null, null) : (null, Problem.TryAgain());
        }

        var person = credentials.Token is { } token ? await validator.ReadAsync(token, context.RequestAborted) : null;
        // For the record, whatever becomes of the request.
        context.Items[PersonKey] = person;
        if (person is null || !Guid.TryParse(person.FindFirst("sid")?.Value, out var signIn) || revocations.Contains(signIn) || IsOfFirstRelease(person))
        {
            return (null, signsIn ? null : NotSignedIn);
        }

        return credentials.ByCookie && !OriginRule.Allows(request, settings.Origins)
            ? (null, signsIn && !RenewsCookie(request) ? null : Foreign)
            : (person, null);
    }

    // A facilitator's or operator's token that does not say in which practice: from before an upgrade, within the last hour. A refresh gives a new one.
    private static bool IsOfFirstRelease(ClaimsIdentity person) =>
        !person.HasClaim(c => c.Type == Caller.MembershipClaim) && person.HasClaim(c => c is { Type: "role", Value: not Roles.Member });

    // Everything that checks a password, a code or a passkey, or sends a mail.
    private static readonly FrozenSet<string> SignInPaths = new[]
    {
        "login",
        "login/passkey",
        "login/passkeyOptions",
        "register",
        "refresh",
        "invitations/accept",
        "forgotPassword",
        "resetPassword",
        "confirmEmail",
        "resendConfirmationEmail",
        "external/start",
        "external/callback",
    }
        .Select(path => $"/api/identity/{path}")
        .ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    // The one of them whose caller is known by the cookie.
    private static bool RenewsCookie(HttpRequest request) =>
        request.Query.ContainsKey("useCookies") && string.Equals(request.Path.Value, "/api/identity/refresh", StringComparison.OrdinalIgnoreCase);

    private static bool IsSignIn(PathString path) => SignInPaths.Contains(path.Value ?? "");

    /// <summary>Where a person whose role needs a second factor may go before it is set up: to their own account.</summary>
    private static bool IsOwnAccount(PathString path) => path.StartsWithSegments("/api/identity") && !path.StartsWithSegments("/api/identity/accounts");

    private Task RefuseAsync(HttpContext context, Problem problem)
    {
        if (problem.Status == 401)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            if (context.Request.Cookies.ContainsKey(settings.Cookie) && context.Request.Headers.Authorization.Count == 0)
            {
                // Otherwise the browser sends the dead cookie again, and open pages fail too.
                context.Response.Headers.SetCookie = string.Create(
                    CultureInfo.InvariantCulture,
                    $"{settings.Cookie}=; expires=Thu, 01 Jan 1970 00:00:00 GMT; path=/; samesite=strict; httponly{(settings.IsSecure ? "; secure" : "")}"
                );
            }
        }

        return problem.ExecuteAsync(context);
    }
}
