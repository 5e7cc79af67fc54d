using System.ComponentModel.DataAnnotations;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Identity.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Identity.Api;

/// <summary>
/// <c>POST /api/identity/accounts/{id}/withdraw</c>: an operator takes roles in a practice away from a colleague and cancels the open invitation into it.
/// The account's sign-ins end at once; its roles in other practices stay.
/// </summary>
public static class WithdrawRoles
{
    /// <param name="Roles">Those to take away; every one in the practice when left out.</param>
    public sealed record WithdrawRequest([Required] string? Practice, string[]? Roles = null);

    public static void MapWithdrawRoles(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/identity/accounts/{id:guid}/withdraw", HandleAsync)
            .For(Roles.Operator)
            .Produces(204)
            .ProducesProblem(400)
            .ProducesProblem(404)
            .ProducesProblem(409)
            .Describe("withdrawRoles", Tag.Account, "Take roles away and cancel an invitation")
            .Refuses(409, "last-operator");

    private static async Task<IResult> HandleAsync(Guid id, WithdrawRequest request, Caller caller, HttpContext http, Writes writes)
    {
        var errors = new FieldErrors()
            .Check(request.Practice is not null, "practice", "This is needed.")
            .Check(
                request.Roles is null || (request.Roles.Length > 0 && request.Roles.All(InvitationStore.Invitable.Contains)),
                "roles",
                $"One or both of {string.Join(", ", InvitationStore.Invitable)}."
            );
        return errors.Any
            ? errors.ToProblem()
            : await writes.RunAsync(http, caller, request, work => WithdrawAsync(work, id, request.Practice!, request.Roles ?? InvitationStore.Invitable));
    }

    private static async Task<Reply> WithdrawAsync(UnitOfWork work, Guid id, string practice, string[] roles)
    {
        if (!work.Caller.Is(Roles.Operator, practice) || await AccountStore.ByIdAsync(work, id) is null)
        {
            return Reply.Refused(Problem.NotFound());
        }

        // Two operators who take each other's role at the same time would leave the practice without one.
        await work.ExecuteAsync("select pg_advisory_xact_lock(hashtextextended(@practice, 2))", new { practice });
        if (
            roles.Contains(Roles.Operator)
            && await work.FirstOrDefaultAsync<bool>(
                """
                select exists (select 1 from memberships where account_id = @id and practice = @practice and role = 'operator')
                    and not exists (select 1 from memberships m join accounts a on a.id = m.account_id
                        where m.practice = @practice and m.role = 'operator' and m.account_id <> @id and a.disabled_at is null)
                """,
                new { practice, id }
            )
        )
        {
            return Reply.Refused(new Problem(409, "last-operator", "A practice keeps one operator at least. Invite another one first."));
        }

        var cancelled = await InvitationStore.CancelAsync(work, id, practice);
        if (!await AccountStore.RemoveMembershipsAsync(work, id, practice, roles))
        {
            return cancelled > 0 ? Reply.NoContent() : Reply.Refused(Problem.NotFound());
        }

        await SignInStore.RevokeAllAsync(work, id, "roles-changed");
        return Reply.NoContent();
    }
}
