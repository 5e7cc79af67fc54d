using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Identity.Domain;
using GroupTherapy.Identity.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Identity.Api;

/// <summary>
/// <c>GET|POST /api/identity/manage/info</c>: the own address and password. A new address counts once the mail to it is answered; a new password ends every
/// other sign-in.
/// </summary>
public static class ManageInfo
{
    /// <param name="OldPassword">Needed for both changes.</param>
    public sealed record InfoRequest(string? NewEmail = null, string? NewPassword = null, string? OldPassword = null);

    public sealed record Info(string Email, bool IsEmailConfirmed);

    public static void MapManageInfo(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/identity/manage/info", GetAsync)
            .ForSignedIn()
            .Produces<Info>()
            .Describe("getAccountInfo", Tag.Account, "Your address, and whether it is confirmed");
        app.MapPost("/api/identity/manage/info", SaveAsync)
            .ForSignedIn()
            .Produces<Info>()
            .Describe("changeAccountInfo", Tag.Account, "Change your e-mail or password")
            .Refuses(403, "password-wrong")
            .AfterStepUp();
    }

    private static async Task<IResult> GetAsync(Caller caller, Db db, CancellationToken ct) =>
        await ByIdAsync(db, caller, ct) is { } account ? TypedResults.Ok(Of(account)) : SignInRefused;

    private static async Task<IResult> SaveAsync(
        InfoRequest request,
        Caller caller,
        HttpContext http,
        Db db,
        AccountManagers managers,
        PasswordVerifier passwords,
        MailStore mails,
        SecretVault vault,
        CancellationToken ct
    )
    {
        if (await ByIdAsync(db, caller, ct) is not { } known)
        {
            return SignInRefused;
        }

        var email = EmailRules.Trim(request.NewEmail);
        var errors = new FieldErrors()
            .Check(email is null || EmailRules.IsValid(email), "newEmail", "This is not an e-mail address that we can use.")
            .Check(request.OldPassword is { Length: > 0 }, "oldPassword", "This is needed.");
        if (request.NewPassword is { } wish && PasswordRules.Fault(wish, known.Email, known.DisplayName) is { } fault)
        {
            errors.Check(false, "newPassword", fault);
        }

        if (errors.Any)
        {
            return errors.ToProblem();
        }

        var account = await PasswordAttempts.CountAsync(db, managers.Normalize(known.Email), Origins.Of(http, vault), ct);
        var right = passwords.Verify(account?.PasswordHash, request.OldPassword!) != Microsoft.AspNetCore.Identity.PasswordVerificationResult.Failed;
        await using var work = await db.BeginAsync(caller, ct);
        if (account is null || !right || !await PasswordAttempts.ResetAsync(work, account, null))
        {
            work.Audit("password.refused", known.Id);
            await work.CommitAsync(ct);
            return new Problem(403, "password-wrong", "The password is not right.");
        }

        if (request.NewPassword is { } password)
        {
            await AccountStore.ChangePasswordAsync(work, account.Id, passwords.Hash(password));
            await SignInStore.RevokeAllAsync(work, account.Id, "password-changed", but: caller.SignInId);
            await mails.RequestAsync(work, MailKinds.PasswordChanged, account);
        }

        if (
            email is not null
            && managers.Normalize(email) != managers.Normalize(account.Email)
            && await AccountStore.ByEmailAsync(work, managers.Normalize(email)) is null
        )
        {
            // An address that has an account already gets no mail, and the answer does not say so.
            await mails.RequestAsync(work, MailKinds.EmailChange, account, to: email, token: OpaqueToken.New(), language: Origins.LanguageOf(http));
        }

        await work.CommitAsync(ct);
        return TypedResults.Ok(Of(account));
    }

    private static Problem SignInRefused => new(401, "not-signed-in", "Please sign in.");

    private static Info Of(AccountRow account) => new(account.Email, account.EmailConfirmedAt is not null);

    internal static Task<AccountRow?> ByIdAsync(Db db, Caller caller, CancellationToken ct) =>
        db.FirstOrDefaultAsync<AccountRow>($"select {AccountStore.Columns} from accounts where id = @AccountId", new { caller.AccountId }, ct);
}
