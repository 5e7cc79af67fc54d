using System.ComponentModel.DataAnnotations;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Identity.Domain;
using GroupTherapy.Identity.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using Microsoft.AspNetCore.Identity;

namespace GroupTherapy.Identity.Api;

/// <summary>
/// <c>POST /api/identity/invitations/accept</c>: the invited person sets a password. A person with an account gives the password it has, and gets the roles
/// added:
/// an inviter, who also holds the token, can never take over an account. Roles change, so open sign-ins of that account end.
/// </summary>
public static class AcceptInvitation
{
    public sealed record AcceptRequest([Required] string? Token, [Required] string? Password);

    public static void MapAcceptInvitation(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/identity/invitations/accept", HandleAsync).ForAnyone().Produces(204)
            .Describe("acceptInvitation", Tag.Account, "Accept an invitation");

    private static async Task<IResult> HandleAsync(AcceptRequest request, Db db, AccountManagers managers, PasswordVerifier passwords, CancellationToken ct)
    {
        var errors = new FieldErrors()
            .Check(request.Token is { Length: > 0 and <= 200 }, "token", "This is needed.")
            .Check(request.Password is { Length: > 0 }, "password", "This is needed.");
        if (errors.Any)
        {
            return errors.ToProblem();
        }

        var hash = OpaqueToken.Hash(request.Token!);
        var invited = await db.FirstOrDefaultAsync<AccountRow>(
            $"""
             select {AccountStore.Columns} from accounts
             where id = (select account_id from invitations where hash = @hash and used_at is null and expires_at > @now)
             """,
            new { hash, now = db.Clock.GetUtcNow() }, ct);
        if (invited is null)
        {
            return Refused();
        }

        if (invited.PasswordHash is not null)
        {
            // The token must not bypass the limit of ten attempts.
            var charged = await PasswordAttempts.CountAsync(db, managers.Normalize(invited.Email), ct);
            if (passwords.Verify(charged?.PasswordHash, request.Password!) == PasswordVerificationResult.Failed)
            {
                return Refused();
            }
        }
        else if (PasswordRules.Fault(request.Password, invited.Email, invited.DisplayName) is { } fault)
        {
            return Problem.Invalid("password", fault);
        }

        await using var work = await db.BeginAsync(Caller.Anonymous with { Who = $"account:{invited.Id}" }, ct);
        var accepted = await work.FirstOrDefaultAsync<AcceptedInvitation>(
            "update invitations set used_at = @Now where hash = @hash and used_at is null and expires_at > @Now returning id, roles, practices",
                new { work.Now, hash });
        if (accepted is null
            || !await (invited.PasswordHash is null ? SetPasswordAsync(work, managers, invited, request.Password!) : AddRolesAsync(work, invited, accepted)))
        {
            return Refused();
        }

        await work.AuditAsync("account.invitation-accepted", invited.Id, accepted.Id);
        await work.CommitAsync(ct);
        return TypedResults.NoContent();
    }

    private static async Task<bool> SetPasswordAsync(UnitOfWork work, AccountManagers managers, AccountRow invited, string password)
    {
        await using var scope = managers.In(work);
        return await scope.Manager.FindByIdAsync(invited.Id.ToString()) is { } user && (await scope.Manager.AddPasswordAsync(user, password)).Succeeded;
    }

    private static async Task<bool> AddRolesAsync(UnitOfWork work, AccountRow invited, AcceptedInvitation accepted)
    {
        if (!await PasswordAttempts.ResetAsync(work, invited, null) || await AccountStore.ByIdAsync(work, invited.Id) is not { } account)
        {
            return false;
        }

        await AccountStore.ChangeRolesAsync(
            work, account.Id, InvitationStore.Union(account.Roles, accepted.Roles), InvitationStore.Union(account.Practices, accepted.Practices));
        await SignInStore.RevokeAllAsync(work, account.Id, "roles-changed");
        return true;
    }

    private static Problem Refused() =>
        Problem.Invalid("token", "This invitation is not valid (any more), or the password is not the one your account has already.");

    private sealed class AcceptedInvitation
    {
        public Guid Id { get; init; }

        public string[] Roles { get; init; } = [];

        public string[] Practices { get; init; } = [];
    }
}
