using GroupTherapy.Description;
using GroupTherapy.Identity.Domain;
using GroupTherapy.Identity.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Identity.Api;

/// <summary>
/// <c>POST /api/identity/refresh</c>: a new access token with the roles as they are now, and the next refresh token. The same token again within
/// <see cref="SignInRules.RefreshAgainFor"/> gets another pair; later it ends the sign-in. <c>?useCookies=true</c> without a token renews a browser's cookie.
/// </summary>
public static class Refresh
{
    /// <param name="RefreshToken">Left out with <c>useCookies=true</c>, where the cookie stands for it.</param>
    public sealed record RefreshRequest(string? RefreshToken = null);

    public static void MapRefresh(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/identity/refresh", HandleAsync)
            .ForAnyone()
            .Produces<SignedIn>()
            .Describe("refreshTokens", Tag.Account, "Exchange a refresh token for new tokens")
            .Refuses(401, "refresh-refused");

    private static async Task<IResult> HandleAsync(
        RefreshRequest request,
        bool? useCookies,
        Caller caller,
        HttpContext http,
        Db db,
        SignIns signIns,
        AccountPolicy policy,
        CancellationToken ct
    )
    {
        if (!signIns.CanSign)
        {
            return Problem.TryAgain();
        }

        if (request.RefreshToken is { Length: > 200 } or "" || (request.RefreshToken is null && useCookies != true))
        {
            return request.RefreshToken is null ? Problem.Invalid("refreshToken", "This is needed.") : Refused();
        }

        await using var work = await db.BeginAsync(caller, ct);
        var signIn = request.RefreshToken is null ? await ByCookieAsync(work, caller) : await ByTokenAsync(work, request.RefreshToken);
        if (signIn is null || await AccountStore.ByIdAsync(work, signIn.AccountId) is not { DisabledAt: null } account)
        {
            await work.CommitAsync(ct);
            return Refused();
        }

        if (work.Now > signIn.LastUsedAt + policy.IdleOf(account.Roles))
        {
            await SignInStore.RevokeAsync(work, signIn.Id, "idle");
            await work.CommitAsync(ct);
            return Refused();
        }

        await SignInStore.TouchAsync(work, signIn.Id);
        work.Audit("sign-in.refreshed", account.Id, signIn.Id);
        return await signIns.AnswerAsync(work, account, signIn, http, ct);
    }

    private static async Task<SignInRow?> ByTokenAsync(UnitOfWork work, string token)
    {
        var hash = OpaqueToken.Hash(token);
        var row = await work.FirstOrDefaultAsync<TokenRow>("select sign_in_id, used_at from refresh_tokens where hash = @hash for update", new { hash });
        if (row is null)
        {
            return null;
        }

        var outcome = SignInRules.Refresh(row.UsedAt, work.Now);
        if (outcome == RefreshOutcome.Replayed)
        {
            await SignInStore.RevokeAsync(work, row.SignInId, "refresh-replayed");
            return null;
        }

        var signIn = await SignInStore.OpenAsync(work, row.SignInId);
        if (signIn is not null && outcome == RefreshOutcome.First)
        {
            await work.ExecuteAsync("update refresh_tokens set used_at = @Now where hash = @hash", new { work.Now, hash });
        }

        return signIn;
    }

    // A bearer token cannot become a cookie: it would escape the rotation of its refresh token.
    private static async Task<SignInRow?> ByCookieAsync(UnitOfWork work, Caller caller) =>
        await SignInStore.OpenAsync(work, caller.SignInId) is { ByCookie: true } signIn && signIn.AccountId == caller.AccountId ? signIn : null;

    private static Problem Refused() => new(401, "refresh-refused", "Please sign in again.");

    private sealed class TokenRow
    {
        public Guid SignInId { get; init; }

        public DateTimeOffset? UsedAt { get; init; }
    }
}
