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
/// <c>POST /api/identity/invitations/accept</c>: the holder of the token, which only the invited mailbox got, gets the invitation's roles in its practice.
/// A new person sets a password; a person with an account gives the one it has. Other memberships stay as they are; open sign-ins end.
/// </summary>
public static class AcceptInvitation
{
    public sealed record AcceptRequest([Required] string? Token, [Required] string? Password);

    public static void MapAcceptInvitation(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/identity/invitations/accept", HandleAsync)
            .ForAnyone()
            .Produces(204)
            .Describe("acceptInvitation", Tag.Account, "Accept an invitation");

    private static async Task<IResult> HandleAsync(
        AcceptRequest request,
        HttpContext http,
        Db db,
        AccountManagers managers,
        PasswordVerifier passwords,
        SecretVault vault,
        CancellationToken ct
    )
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
            where id in (select account_id from invitations where hash = @hash and used_at is null and expires_at > @now)
            """,
            new { hash, now = db.Clock.GetUtcNow() },
            ct
        );
        if (invited is null)
        {
            return Refused();
        }

        AttemptRow? charged = null;
        if (invited.PasswordHash is not null)
        {
            // The token must not bypass the limit of ten attempts.
            charged = await PasswordAttempts.CountAsync(db, managers.Normalize(invited.Email), Origins.Of(http, vault), ct);
            if (passwords.Verify(charged?.PasswordHash, request.Password!) == PasswordVerificationResult.Failed)
            {
                await using var record = await db.BeginAsync(Caller.Anonymous with { Who = $"account:{invited.Id}" }, ct);
                record.Audit("sign-in.refused", invited.Id, null, new { code = "invitation" });
                await record.CommitAsync(ct);
                return Refused();
            }
        }
        else if (PasswordRules.Fault(request.Password, invited.Email, invited.DisplayName) is { } fault)
        {
            return Problem.Invalid("password", fault);
        }

        await using var work = await db.BeginAsync(Caller.Anonymous with { Who = $"account:{invited.Id}" }, ct);
        var accepted = await InvitationStore.UseAsync(work, hash);
        if (
            accepted.Count == 0
            || !await (
                invited.PasswordHash is null ? SetPasswordAsync(work, managers, invited, request.Password!) : PasswordAttempts.ResetAsync(work, charged!, null)
            )
        )
        {
            return Refused();
        }

        foreach (var invitation in accepted)
        {
            await AccountStore.AddMembershipsAsync(work, invited.Id, invitation.Practice, invitation.Roles, invitation.InvitedBy);
            work.Audit("account.invitation-accepted", invited.Id, invitation.Id);
        }

        // The token came by mail: its holder reads this mailbox.
        await EmailConfirmation.MarkAsync(work, invited.Id);
        await SignInStore.RevokeAllAsync(work, invited.Id, "roles-changed");
        await work.CommitAsync(ct);
        return TypedResults.NoContent();
    }

    private static async Task<bool> SetPasswordAsync(UnitOfWork work, AccountManagers managers, AccountRow invited, string password)
    {
        await using var scope = managers.In(work);
        return await scope.Manager.FindByIdAsync(invited.Id.ToString()) is { } user
            && (await scope.Manager.AddPasswordAsync(user, PasswordRules.Normal(password))).Succeeded;
    }

    private static Problem Refused() =>
        Problem.Invalid("token", "This invitation is not valid (any more), or the password is not the one your account has already.");
}
