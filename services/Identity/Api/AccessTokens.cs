using GroupTherapy.Identity.Domain;
using GroupTherapy.Identity.Storage;
using GroupTherapy.Platform.Security;

namespace GroupTherapy.Identity.Api;

/// <summary>Signs the access tokens that people show at the gateway: ids, roles in practices and the end of the sign-in; nothing personal.</summary>
internal sealed class AccessTokens(TokenSigner signer, AccountPolicy policy, TimeProvider clock)
{
    public const string Issuer = "grouptherapy-identity";
    public const string Audience = "grouptherapy";

    /// <summary>False until a signing key is there: the database has not answered since this process started.</summary>
    public bool CanSign => signer.Keys.Any(k => k.SignsFrom <= clock.GetUtcNow());

    /// <returns>The token and its seconds; it outlives neither the sign-in nor the time for which that may be idle.</returns>
    /// <remarks>Without the second factor that the account needs, the token carries no role: it opens the account's own settings alone.</remarks>
    public (string Token, int Seconds) Issue(AccountRow account, IReadOnlyDictionary<string, Standing> standings, SignInRow signIn)
    {
        var left = new[] { SignInRules.AccessTokenLifetime, policy.IdleOf(account.Roles), signIn.EndsAt - clock.GetUtcNow() }.Min();
        var seconds = (int)Math.Max(1, left.TotalSeconds);
        var flags = SignInMethods.Flags(
            policy,
            account.Roles,
            signIn.Methods,
            account.TwoFactorEnabled,
            account.HasPasskey,
            account.EmailConfirmedAt is not null
        );
        var acts = !flags.Contains("second-factor-required");
        return (
            signer.Sign(
                Audience,
                TimeSpan.FromSeconds(seconds),
                new Dictionary<string, object>
                {
                    ["sub"] = account.Id.ToString(),
                    ["sid"] = signIn.Id.ToString(),
                    ["role"] = acts ? account.Roles : [],
                    [Caller.MembershipClaim] = acts ? account.Memberships : [],
                    [Caller.StandingClaim] = acts ? standings.Select(s => $"{s.Key}:{s.Value.Principal}:{s.Value.Since.ToUnixTimeSeconds()}").ToArray() : [],
                    [Caller.MethodClaim] = signIn.Methods,
                    [Caller.AuthenticatedClaim] = signIn.AuthenticatedAt.ToUnixTimeSeconds(),
                    [Caller.FlagClaim] = flags,
                    ["sie"] = signIn.EndsAt.ToUnixTimeSeconds(),
                }
            ),
            seconds
        );
    }
}

/// <summary>The answer of a sign-in and of a refresh.</summary>
/// <param name="ExpiresIn">Seconds until <paramref name="AccessToken"/> is over.</param>
/// <param name="RefreshToken">Good for one use.</param>
public sealed record SignedIn(string TokenType, string AccessToken, int ExpiresIn, string RefreshToken);

/// <summary>The answer where the token went into a cookie.</summary>
public sealed record SignedInByCookie(int ExpiresIn);

/// <summary>
/// The browser's copy of the access token: out of reach of scripts, never sent by another site. The gateway adds <c>Secure</c> where it speaks HTTPS.
/// </summary>
internal static class SessionCookie
{
    public const string Name = "gt_session";

    public static void Set(HttpResponse response, string token, int seconds) => response.Cookies.Append(Name, token, Options(TimeSpan.FromSeconds(seconds)));

    public static void Clear(HttpResponse response) => response.Cookies.Delete(Name, Options(null));

    private static CookieOptions Options(TimeSpan? lifetime) =>
        new()
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Strict,
            Path = "/",
            IsEssential = true,
            MaxAge = lifetime,
        };
}
