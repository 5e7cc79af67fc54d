using GroupTherapy.Identity.Accounts;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using Microsoft.AspNetCore.Identity;

namespace GroupTherapy.Identity.SignIns;

/// <summary>
/// <c>POST /api/identity/login</c>. An unknown e-mail, a wrong password, a locked account and an invitation nobody accepted answer alike:
/// the same bytes, one hash verified, one refusal recorded and committed.
/// </summary>
public static class Login
{
    /// <param name="TwoFactorCode">For accounts with a second factor; others may leave it out.</param>
    public sealed record LoginRequest(string? Email, string? Password, string? TwoFactorCode);

    public static void MapLogin(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/identity/login", HandleAsync).ForAnyone().Produces<SignedIn>();

    private static async Task<IResult> HandleAsync(
        LoginRequest request, bool? useCookies, HttpContext http, Db db, AccountStore store, PasswordCheck passwords, AccessTokens tokens, CancellationToken ct)
    {
        var errors = new FieldErrors()
            .Check(request.Email is { Length: > 0 and <= 1000 }, "email", "This is needed.")
            .Check(request.Password is { Length: > 0 }, "password", "This is needed.");
        if (errors.Any)
        {
            return errors.ToProblem();
        }

        if (!tokens.CanSign)
        {
            return Problem.TryAgain();
        }

        var account = await Attempts.ChargeAsync(db, store.Normalize(request.Email!), ct);
        var verified = passwords.Verify(account?.PasswordHash, request.Password!);
        await using var work = await db.BeginAsync(account is null ? Caller.Anonymous : Caller.Anonymous with { Who = $"account:{account.Id}" }, ct);

        // No second factor can be enrolled yet; an account that claims one is not let in on a password alone.
        if (account is null || verified == PasswordVerificationResult.Failed || account.TwoFactorEnabled
            || !await Attempts.ForgiveAsync(work, account, verified == PasswordVerificationResult.SuccessRehashNeeded ? passwords.Hash(request.Password!) : null))
        {
            await work.AuditAsync("sign-in.refused", account?.Id);
            await work.CommitAsync(ct);
            return new Problem(401, "sign-in-refused", "The e-mail or the password is not right.");
        }

        var byCookie = useCookies == true;
        var signIn = await SignInSql.StartAsync(work, account.Id, byCookie);
        var refresh = byCookie ? null : await SignInSql.AddRefreshTokenAsync(work, signIn.Id);
        await work.CommitAsync(ct);
        return Answer(http, tokens, account, signIn, refresh);
    }

    /// <param name="refresh">Null for a cookie.</param>
    internal static IResult Answer(HttpContext http, AccessTokens tokens, AccountRow account, SignInRow signIn, string? refresh)
    {
        var (token, seconds) = tokens.Issue(account, signIn);
        if (refresh is not null)
        {
            return TypedResults.Ok(new SignedIn("Bearer", token, seconds, refresh));
        }

        SessionCookie.Set(http.Response, token, seconds);
        return TypedResults.Ok(new SignedInByCookie(seconds));
    }
}
