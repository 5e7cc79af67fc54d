using System.ComponentModel.DataAnnotations;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Identity.Domain;
using GroupTherapy.Identity.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using GroupTherapy.Unicode;

namespace GroupTherapy.Identity.Api;

/// <summary><c>POST /api/identity/accounts</c>: an operator invites a facilitator or another operator into a practice that the operator operates.</summary>
public static class InviteAccount
{
    /// <param name="Practice">The inviter's only one when left out.</param>
    public sealed record InviteRequest([Required] string? Email, [Required] string? DisplayName, [Required] string[]? Roles, string? Practice = null);

    /// <param name="Invitation">Single use, 72 h. Only in a demonstration; otherwise null, and the token travels by mail alone.</param>
    public sealed record Invited(Guid Id, string? Invitation);

    public static void MapInviteAccount(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/identity/accounts", HandleAsync)
            .For(Roles.Operator)
            .Produces<Invited>(201)
            .Describe("inviteAccount", Tag.Account, "Invite a facilitator or an operator")
            .AfterStepUp();

    private static async Task<IResult> HandleAsync(
        InviteRequest request,
        Caller caller,
        HttpContext http,
        Writes writes,
        AccountManagers managers,
        MailStore mails,
        IWebHostEnvironment environment
    )
    {
        var (email, name) = (EmailRules.Trim(request.Email), request.DisplayName is { } wish ? NameRules.Trim(wish) : null);
        var roles = request.Roles ?? [];
        var operated = caller.PracticesAs(Roles.Operator);
        var practice = request.Practice ?? (operated is [var only] ? only : null);
        var errors = new FieldErrors()
            .Check(EmailRules.IsValid(email), "email", "This is not an e-mail address that we can use.")
            .Name(name, "displayName", 100)
            .Check(
                roles.Length > 0 && roles.All(InvitationStore.Invitable.Contains),
                "roles",
                $"One or both of {string.Join(", ", InvitationStore.Invitable)}."
            )
            .Check(roles.Distinct().Count() == roles.Length, "roles", "Each role once.")
            .Check(practice is not null, "practice", "You work for several practices: say for which this invitation is.");
        if (errors.Any)
        {
            return errors.ToProblem();
        }

        return caller.Is(Roles.Operator, practice!) && practice != PracticeRules.Platform
            ? await writes.RunAsync(
                http,
                caller,
                request,
                work => InviteAsync(work, managers, mails, email!, name!, roles, practice!, showsToken: !environment.IsProduction())
            )
            : new Problem(403, "not-allowed", "You do not act for this practice.");
    }

    private static async Task<Reply> InviteAsync(
        UnitOfWork work,
        AccountManagers managers,
        MailStore mails,
        string email,
        string name,
        string[] roles,
        string practice,
        bool showsToken
    )
    {
        var token = OpaqueToken.New();
        if (await InvitationStore.MakeAsync(work, managers, email, name, roles, practice, work.Caller.AccountId, token) is not { } account)
        {
            return Reply.Refused(Problem.TryAgain());
        }

        if (!await mails.RequestAsync(work, MailKinds.Invitation, (await AccountStore.ByIdAsync(work, account))!, token: token, practice: practice))
        {
            return Reply.Refused(
                new Problem(429, "too-many-requests", "This person was invited several times within the hour. The last mail counts.", RetryAfter: 3600)
            );
        }

        return Reply.Created($"/api/identity/accounts/{account}", new Invited(account, showsToken ? token : null)) with
        {
            Kept = new Invited(account, null),
        };
    }
}
