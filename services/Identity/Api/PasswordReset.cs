using System.ComponentModel.DataAnnotations;
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
/// <c>POST /api/identity/forgotPassword</c> and <c>resetPassword</c>. The answer is the same for every e-mail; the link is built from the configured address,
/// works once within an hour, and a newer one ends it. A reset ends every sign-in.
/// </summary>
public static class PasswordReset
{
    public sealed record ForgotRequest([Required] string? Email);

    /// <param name="Email">Not needed; when given, it must be the account's.</param>
    public sealed record ResetRequest([Required] string? ResetCode, [Required] string? NewPassword, string? Email = null);

    public static void MapPasswordReset(this IEndpointRouteBuilder app)
    {
        app.MapPost("/api/identity/forgotPassword", ForgotAsync)
            .ForAnyone()
            .Produces<EmailConfirmation.Asked>()
            .Describe("forgotPassword", Tag.Account, "Mail a link for a new password")
            .UnlessExternalOnly();
        app.MapPost("/api/identity/resetPassword", ResetAsync)
            .ForAnyone()
            .Produces(204)
            .Describe("resetPassword", Tag.Account, "Set a new password by the code that was mailed")
            .UnlessExternalOnly();
    }

    private static async Task<IResult> ForgotAsync(
        ForgotRequest request,
        HttpContext http,
        Db db,
        AccountManagers managers,
        MailStore mails,
        CancellationToken ct
    )
    {
        if (!EmailRules.IsValid(EmailRules.Trim(request.Email)))
        {
            return Problem.Invalid("email", "This is not an e-mail address that we can use.");
        }

        await using var work = await db.BeginAsync(Caller.Anonymous, ct);
        var account = await AccountStore.ByEmailAsync(work, managers.Normalize(request.Email!));
        if (account is { PasswordHash: not null, DisabledAt: null })
        {
            await mails.RequestAsync(work, MailKinds.PasswordReset, account, token: OpaqueToken.New(), language: Origins.LanguageOf(http));
        }

        work.Audit("password.reset-asked", account?.Id);
        await work.CommitAsync(ct);
        return TypedResults.Ok(new EmailConfirmation.Asked());
    }

    private static async Task<IResult> ResetAsync(
        ResetRequest request,
        Db db,
        AccountManagers managers,
        PasswordVerifier passwords,
        MailStore mails,
        CancellationToken ct
    )
    {
        var errors = new FieldErrors()
            .Check(request.ResetCode is { Length: > 0 and <= 200 }, "resetCode", "This is needed.")
            .Check(request.NewPassword is { Length: > 0 }, "newPassword", "This is needed.");
        if (errors.Any)
        {
            return errors.ToProblem();
        }

        await using var work = await db.BeginAsync(Caller.Anonymous, ct);
        if (
            await MailStore.UseAsync(work, request.ResetCode!, MailKinds.PasswordReset) is not { } mail
            || await AccountStore.ByIdAsync(work, mail.AccountId) is not { DisabledAt: null } account
            || (request.Email is { } email && managers.Normalize(email) != managers.Normalize(account.Email))
        )
        {
            return Problem.Invalid("resetCode", "This link is not valid (any more). Ask for a new one; only the newest works.");
        }

        // Not committed: after a password that is refused the link still works.
        if (PasswordRules.Fault(request.NewPassword, account.Email, account.DisplayName) is { } fault)
        {
            return Problem.Invalid("newPassword", fault);
        }

        if (account.EmailConfirmedAt is null)
        {
            // Who made the account had not proven this mailbox: nothing that they set up may stay.
            await SecondFactors.RemoveAllAsync(work, account.Id);
            await EmailConfirmation.MarkAsync(work, account.Id);
        }

        await AccountStore.ChangePasswordAsync(work, account.Id, passwords.Hash(request.NewPassword!));
        await SignInStore.RevokeAllAsync(work, account.Id, "password-changed");
        await mails.RequestAsync(work, MailKinds.PasswordChanged, account);
        await work.CommitAsync(ct);
        return TypedResults.NoContent();
    }
}
