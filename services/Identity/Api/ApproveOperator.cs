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
/// <c>POST /api/identity/accounts/{id}/approve</c>: a second operator stands behind an operator whom one has invited. From the next sign-in on, the
/// approved operator's word is their own where two are needed.
/// </summary>
public static class ApproveOperator
{
    public sealed record ApproveRequest([Required] string? Practice);

    public static void MapApproveOperator(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/identity/accounts/{id:guid}/approve", HandleAsync)
            .For(Roles.Operator)
            .Produces(204)
            .ProducesProblem(400)
            .ProducesProblem(404)
            .ProducesProblem(409)
            .Describe("approveOperator", Tag.Account, "Stand behind an operator whom another has invited")
            .Refuses(409, "not-independent")
            .AfterStepUp();

    private static async Task<IResult> HandleAsync(Guid id, ApproveRequest request, Caller caller, HttpContext http, Writes writes) =>
        request.Practice is not { } practice
            ? Problem.Invalid("practice", "This is needed.")
            : await writes.RunAsync(http, caller, request, work => ApproveAsync(work, id, practice));

    private static async Task<Reply> ApproveAsync(UnitOfWork work, Guid id, string practice)
    {
        if (
            !work.Caller.Is(Roles.Operator, practice)
            || await AccountStore.ByIdAsync(work, id) is not { } account
            || !(await StandingStore.OfAsync(work, account)).TryGetValue(practice, out var standing)
        )
        {
            return Reply.Refused(Problem.NotFound());
        }

        if (standing.Principal == id)
        {
            return Reply.NoContent();
        }

        // What counts is whose word it is now, not at the sign-in.
        var mine = await AccountStore.ByIdAsync(work, work.Caller.AccountId) is { } me ? await StandingStore.OfAsync(work, me) : null;
        if (mine is null || !mine.TryGetValue(practice, out var own) || own.Principal == standing.Principal || own.Principal == id)
        {
            return Reply.Refused(
                new Problem(409, "not-independent", "You invited this operator, or came here by the same person. Another operator must approve.")
            );
        }

        await work.ExecuteAsync(
            "update memberships set approved_by = @by where account_id = @id and practice = @practice and role = 'operator'",
            new
            {
                by = work.Caller.AccountId,
                id,
                practice,
            }
        );
        work.Audit("account.operator-approved", id, data: new { practice });
        return Reply.NoContent();
    }
}
