using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Identity.Domain;
using GroupTherapy.Identity.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Identity.Api;

/// <summary>
/// <c>POST /api/identity/accounts/{id}/disable</c>, <c>enable</c> and <c>reset-second-factor</c>: for operators of <c>platform</c>, and for those of every
/// practice that the account works for. A disabled account's sign-ins end at once, and it cannot sign in.
/// </summary>
public static class DisableAccount
{
    public static void MapDisableAccount(this IEndpointRouteBuilder app)
    {
        Map(app, "disable", "disableAccount", "Keep an account out", DisableAsync).Refuses(409, "own-account", "last-operator");
        Map(app, "enable", "enableAccount", "Let a disabled account in again", EnableAsync);
        Map(app, "reset-second-factor", "resetSecondFactor", "Remove the second factors of a person who lost them", ResetAsync).Refuses(409, "own-account");
    }

    private static RouteHandlerBuilder Map(
        IEndpointRouteBuilder app,
        string act,
        string id,
        string summary,
        Func<UnitOfWork, AccountRow, MailStore, Task<Problem?>> handle
    ) =>
        app.MapPost(
                $"/api/identity/accounts/{{id:guid}}/{act}",
                (Guid id, Caller caller, HttpContext http, Writes writes, MailStore mails) =>
                    writes.RunAsync(
                        http,
                        caller,
                        null,
                        async work =>
                            await AccountStore.ByIdAsync(work, id) is not { } account || !MayManage(caller, account) ? Reply.Refused(Problem.NotFound())
                            : await handle(work, account, mails) is { } refusal ? Reply.Refused(refusal)
                            : Reply.NoContent()
                    )
            )
            .For(Roles.Operator)
            .Produces(204)
            .ProducesProblem(404)
            .Describe(id, Tag.Account, summary)
            .AfterStepUp();

    private static bool MayManage(Caller caller, AccountRow account) =>
        caller.Is(Roles.Operator, PracticeRules.Platform)
        || (account.Practices.Length > 0 && account.Practices.All(practice => caller.Is(Roles.Operator, practice)));

    private static async Task<Problem?> DisableAsync(UnitOfWork work, AccountRow account, MailStore mails)
    {
        if (account.Id == work.Caller.AccountId)
        {
            return OwnAccount;
        }

        // The other operators are looked at under the lock that withdrawing a role takes too.
        foreach (var practice in account.PracticesAs(Roles.Operator))
        {
            await work.ExecuteAsync("select pg_advisory_xact_lock(hashtextextended(@practice, 2))", new { practice });
            if (
                !await work.FirstOrDefaultAsync<bool>(
                    """
                    select exists (select 1 from memberships m join accounts a on a.id = m.account_id
                        where m.practice = @practice and m.role = 'operator' and m.account_id <> @Id and a.disabled_at is null)
                    """,
                    new { practice, account.Id }
                )
            )
            {
                return new Problem(409, "last-operator", "A practice keeps one operator at least. Invite another one first.");
            }
        }

        if (await work.ExecuteAsync("update accounts set disabled_at = @Now where id = @Id and disabled_at is null", new { account.Id, work.Now }) == 1)
        {
            await MailStore.EndAsync(work, account.Id, [MailKinds.PasswordReset, MailKinds.ConfirmEmail, MailKinds.EmailChange]);
            await SignInStore.RevokeAllAsync(work, account.Id, "account-disabled");
            // Their open invitations end: another operator has to invite anew.
            await InvitationStore.EndThoseOfAsync(work, account.Id);
            work.Audit("account.disabled", account.Id);
        }

        return null;
    }

    private static async Task<Problem?> EnableAsync(UnitOfWork work, AccountRow account, MailStore mails)
    {
        if (await work.ExecuteAsync("update accounts set disabled_at = null where id = @Id and disabled_at is not null", new { account.Id }) == 1)
        {
            work.Audit("account.enabled", account.Id);
        }

        return null;
    }

    private static async Task<Problem?> ResetAsync(UnitOfWork work, AccountRow account, MailStore mails)
    {
        if (account.Id == work.Caller.AccountId)
        {
            return OwnAccount;
        }

        await SecondFactors.RemoveAllAsync(work, account.Id);
        await SignInStore.RevokeAllAsync(work, account.Id, "second-factor-reset");
        await mails.RequestAsync(work, MailKinds.SecondFactorChanged, account);
        return null;
    }

    private static Problem OwnAccount => new(409, "own-account", "Another operator must do this for your account.");
}
