using System.ComponentModel.DataAnnotations;
using GroupTherapy.Description;
using GroupTherapy.Identity.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using Microsoft.AspNetCore.Identity;

namespace GroupTherapy.Identity.Api;

/// <summary>
/// <c>POST /api/identity/login</c>. An unknown e-mail, a wrong password, a locked account and an invitation that was not accepted answer alike:
/// the same bytes, one hash verified, one refusal audited and committed.
/// </summary>
public static class Login
{
    /// <param name="TwoFactorCode">For accounts with a second factor; others may leave it out.</param>
    public sealed record LoginRequest([Required] string? Email, [Required] string? Password, string? TwoFactorCode = null);

    public static void MapLogin(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/identity/login", HandleAsync).ForAnyone().Produces<SignedIn>()
            .Describe("signIn", Tag.Account, "Sign in with e-mail and password").Refuses(401, "sign-in-refused");

    private static async Task<IResult> HandleAsync(
        LoginRequest request, bool? useCookies, HttpContext http, Db db, AccountManagers managers, PasswordVerifier passwords, AccessTokens tokens,
        CancellationToken ct)
    {
        var errors = new FieldErrors()
            .Text(request.Email, "email", 1000)
            .Check(request.Password is { Length: > 0 }, "password", "This is needed.");
        if (errors.Any)
        {
            return errors.ToProblem();
        }

        if (!tokens.CanSign)
        {
            return Problem.TryAgain();
        }

        var account = await PasswordAttempts.CountAsync(db, managers.Normalize(request.Email!), ct);
        var verified = passwords.Verify(account?.PasswordHash, request.Password!);
        await using var work = await db.BeginAsync(account is null ? Caller.Anonymous : Caller.Anonymous with { Who = $"account:{account.Id}" }, ct);

        // No second factor can be enrolled yet; an account that claims one is not let in on a password alone.
        if (account is null || verified == PasswordVerificationResult.Failed || account.TwoFactorEnabled
            || !await PasswordAttempts.ResetAsync(
                work, account, verified == PasswordVerificationResult.SuccessRehashNeeded ? passwords.Hash(request.Password!) : null))
        {
            await work.AuditAsync("sign-in.refused", account?.Id);
            await work.CommitAsync(ct);
            return new Problem(401, "sign-in-refused", "The e-mail or the password is not right.");
        }

        var byCookie = useCookies == true;
        var signIn = await SignInStore.StartAsync(work, account.Id, byCookie);
        var refresh = byCookie ? null : await SignInStore.AddRefreshTokenAsync(work, signIn.Id);
        var standings = await StandingStore.OfAsync(work, account);
        await work.CommitAsync(ct);
        return Answer(http, tokens, account, standings, signIn, refresh);
    }

    /// <param name="refresh">Null for a cookie.</param>
    internal static IResult Answer(
        HttpContext http, AccessTokens tokens, AccountRow account, IReadOnlyDictionary<string, Standing> standings, SignInRow signIn, string? refresh)
    {
        var (token, seconds) = tokens.Issue(account, standings, signIn);
        if (refresh is not null)
        {
            return TypedResults.Ok(new SignedIn("Bearer", token, seconds, refresh));
        }

        SessionCookie.Set(http.Response, token, seconds);
        return TypedResults.Ok(new SignedInByCookie(seconds));
    }
}
