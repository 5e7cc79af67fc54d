using System.ComponentModel.DataAnnotations;
using GroupTherapy.Audit;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Enrollment.Api;

/// <summary>Another operator approves an override, or any operator of the practice revokes it. The member's permits are scheduled in the same
/// transaction.</summary>
internal static class ResolveOverride
{
    public sealed record Revocation([Required] string? Reason = null);

    public static void MapResolveOverride(this IEndpointRouteBuilder app)
    {
        app.MapPost(
                "/api/licensing/overrides/{id:guid}/approve",
                (Guid id, HttpContext http, Writes writes, Caller caller, FourEyes eyes) =>
                    writes.RunAsync(http, caller, null, work => ApproveAsync(work, eyes, id))
            )
            .For(Roles.Operator)
            .Produces<Override>()
            .Describe("approveOverride", Tag.Licensing, "Approve another operator's exception")
            .Refuses(403, "second-factor-needed")
            .Refuses(409, "same-author", "not-independent", "operator-too-new", "override-over", "session-cancelled");
        app.MapPost(
                "/api/licensing/overrides/{id:guid}/revoke",
                async (Guid id, Revocation request, HttpContext http, Writes writes, Caller caller) =>
                    new FieldErrors().Text(request.Reason, "reason", 500) is { Any: true } errors
                        ? errors.ToProblem()
                        : await writes.RunAsync(http, caller, request, work => RevokeAsync(work, id, request.Reason!))
            )
            .For(Roles.Operator)
            .Produces<Override>()
            .Describe("revokeOverride", Tag.Licensing, "Take an exception back")
            .Refuses(409, "override-over");
        app.MapGet("/api/licensing/overrides", ListAsync)
            .For(Roles.Operator)
            .Sensitive("overrides.listed")
            .Produces<Page<Override>>()
            .Describe("listOverrides", Tag.Licensing, "Exceptions");
    }

    private static async Task<Reply> ApproveAsync(UnitOfWork work, FourEyes eyes, Guid id)
    {
        if (await FindAsync(work, id) is not { } asked)
        {
            return Reply.Refused(Problem.NotFound());
        }

        if (OverridePolicy.RefuseApproval(asked, work.Caller.AccountId) is { } refusal)
        {
            return Reply.Refused(refusal);
        }

        var by = (await work.FirstOrDefaultAsync<Asking>("select practice, principals from overrides where id = @id", new { id }))!;
        if (eyes.Refuse(work.Caller, [by.Practice], by.Principals, work.Now) is { } notSecond)
        {
            return Reply.Refused(notSecond);
        }

        return await StepAsync(work, asked, "approved", null) ? Reply.Ok(await Override.ReadAsync(work, id)) : Reply.Ok(asked);
    }

    private static async Task<Reply> RevokeAsync(UnitOfWork work, Guid id, string reason)
    {
        if (await FindAsync(work, id) is not { } asked)
        {
            return Reply.Refused(Problem.NotFound());
        }

        return asked.Status is not ("revoked" or "expired") && await StepAsync(work, asked, "revoked", reason)
            ? Reply.Ok(await Override.ReadAsync(work, id))
            : Reply.Refused(OverridePolicy.Over);
    }

    // The enrollment is locked first, as everywhere; then the override, so that a concurrent approval and revocation follow one another.
    private static async Task<Override?> FindAsync(UnitOfWork work, Guid id)
    {
        await work.ExecuteAsync(
            "select e.id from enrollments e join overrides o on o.enrollment_id = e.id where o.id = @id for no key update of e",
            new { id }
        );
        return await work.FirstOrDefaultAsync<Override>(
            $"{Override.Select} where o.id = @id and o.practice = any(@practices)",
            new
            {
                id,
                work.Now,
                practices = work.Caller.PracticesAs(Roles.Operator),
            }
        );
    }

    /// <returns>False when this step was taken before.</returns>
    private static async Task<bool> StepAsync(UnitOfWork work, Override asked, string step, string? reason)
    {
        if (
            await work.ExecuteAsync(
                """
                insert into override_steps (override_id, step, by_account, asked_by, reason, at) values (@Id, @step, @by, @AskedBy, @reason, @Now)
                    on conflict do nothing
                """,
                new
                {
                    asked.Id,
                    step,
                    by = work.Caller.AccountId,
                    asked.AskedBy,
                    reason,
                    work.Now,
                }
            ) == 0
        )
        {
            return false;
        }

        work.Audit(
            $"override.{step}",
            asked.MemberId,
            asked.Id,
            new
            {
                asked.SessionId,
                asked.Point,
                asked.ExpiresAt,
            }
        );
        var enrollment = await work.FirstOrDefaultAsync<Guid>("select enrollment_id from overrides where id = @Id", new { asked.Id });
        await Rechecks.OfEnrollmentAsync(work, enrollment);
        return true;
    }

    private static async Task<IResult> ListAsync(Db db, Caller caller, Paging page, Guid? memberId, Guid? sessionId, CancellationToken ct)
    {
        var rows = await db.QueryAsync<Override>(
            caller,
            $"""
            {Override.Select}
            where o.practice = any(@practices) and (@memberId::uuid is null or o.member_id = @memberId)
                and (@sessionId::uuid is null or o.session_id = @sessionId)
              and (@after::uuid is null or o.id < @after) order by o.id desc limit @more
            """,
            new
            {
                practices = caller.PracticesAs(Roles.Operator),
                memberId,
                sessionId,
                after = page.AfterId(),
                more = page.Limit + 1,
                Now = db.Clock.GetUtcNow(),
            },
            ct
        );
        return TypedResults.Ok(page.PageOf(rows, r => [r.Id.ToString()]));
    }

    private sealed record Asking(string Practice, Guid[] Principals);
}
