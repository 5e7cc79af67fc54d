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
/// <c>POST /api/identity/confirmEmail</c> and <c>resendConfirmationEmail</c>: a person proves their mailbox by the code in a mail, at registration and when
/// the address changes. The code is single use and comes in the body, never in a URL.
/// </summary>
public static class EmailConfirmation
{
    public sealed record ConfirmRequest([Required] string? Code);

    public sealed record ResendRequest([Required] string? Email);

    /// <summary>Empty: the answer is the same for every e-mail.</summary>
    public sealed record Asked;

    public static void MapEmailConfirmation(this IEndpointRouteBuilder app)
    {
        app.MapPost("/api/identity/confirmEmail", ConfirmAsync)
            .ForAnyone()
            .Produces(204)
            .Describe("confirmEmail", Tag.Account, "Confirm an e-mail address by the code that was mailed");
        app.MapPost("/api/identity/resendConfirmationEmail", ResendAsync)
            .ForAnyone()
            .Produces<Asked>()
            .Describe("resendConfirmationEmail", Tag.Account, "Mail the confirmation once more");
    }

    /// <summary>Asks a new account to prove its mailbox. A demonstration does not ask: the mailbox counts as proven.</summary>
    internal static async Task AskAsync(UnitOfWork work, MailStore mails, AccountPolicy policy, Guid id, string language)
    {
        await work.ExecuteAsync(
            "update accounts set language = @language, email_confirmed_at = @at where id = @id",
            new
            {
                id,
                language,
                at = policy.ConfirmedEmail ? (DateTimeOffset?)null : work.Now,
            }
        );
        if (policy.ConfirmedEmail)
        {
            await mails.RequestAsync(work, MailKinds.ConfirmEmail, (await AccountStore.ByIdAsync(work, id))!, token: OpaqueToken.New());
        }
    }

    internal static async Task MarkAsync(UnitOfWork work, Guid id)
    {
        if (await work.ExecuteAsync("update accounts set email_confirmed_at = @Now where id = @id and email_confirmed_at is null", new { id, work.Now }) == 1)
        {
            work.Audit("account.email-confirmed", id);
        }
    }

    private static async Task<IResult> ConfirmAsync(ConfirmRequest request, Db db, AccountManagers managers, MailStore mails, CancellationToken ct)
    {
        if (request.Code is not { Length: > 0 and <= 200 } code)
        {
            return Problem.Invalid("code", "This is needed.");
        }

        await using var work = await db.BeginAsync(Caller.Anonymous, ct);
        if (
            await MailStore.UseAsync(work, code, MailKinds.ConfirmEmail, MailKinds.EmailChange) is not { } mail
            || await AccountStore.ByIdAsync(work, mail.AccountId) is not { DisabledAt: null } account
            || !(mail.Kind == MailKinds.EmailChange ? await ChangeAsync(work, managers, mails, account, mail.Address) : mail.Address == account.Email)
        )
        {
            return Problem.Invalid("code", "This link is not valid (any more). Ask for a new one; only the newest works.");
        }

        await MarkAsync(work, account.Id);
        await work.CommitAsync(ct);
        return TypedResults.NoContent();
    }

    private static async Task<bool> ChangeAsync(UnitOfWork work, AccountManagers managers, MailStore mails, AccountRow account, string address)
    {
        if (!await AccountStore.ChangeEmailAsync(work, managers, account.Id, address))
        {
            return false;
        }

        // Links that went to the former mailbox end with it, and a mail tells its reader.
        await MailStore.EndAsync(work, account.Id, [MailKinds.PasswordReset, MailKinds.ConfirmEmail]);
        await mails.RequestAsync(work, MailKinds.EmailChange, account);
        return true;
    }

    private static async Task<IResult> ResendAsync(
        ResendRequest request,
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
        if (account is { PasswordHash: not null, EmailConfirmedAt: null, DisabledAt: null })
        {
            await mails.RequestAsync(work, MailKinds.ConfirmEmail, account, token: OpaqueToken.New(), language: Origins.LanguageOf(http));
        }

        work.Audit("account.confirmation-asked", account?.Id);
        await work.CommitAsync(ct);
        return TypedResults.Ok(new Asked());
    }
}
