using System.ComponentModel.DataAnnotations;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Scheduling.Sessions;

/// <param name="Reason">For the operators' own record, 1 to 200 characters; it does not travel.</param>
public sealed record CancelSessionRequest([property: Required] string? Reason);

/// <summary>Cancels one session; the series goes on.</summary>
internal static class CancelSession
{
    public static void MapCancelSession(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/sessions/{id}/cancel", (Delegate)HandleAsync).For(Roles.Operator)
            .Produces<SessionView>().ProducesProblem(400).ProducesProblem(404).ProducesProblem(409);

    private static Task<IResult> HandleAsync(Guid id, CancelSessionRequest request, Caller caller, Writes writes, HttpContext http) =>
        writes.RunAsync(http, caller, request, async work =>
        {
            if (await SessionSql.LockAsync(work, id) is not var (group, session))
            {
                return Reply.Refused(Problem.NotFound());
            }

            var errors = new FieldErrors().Text(request.Reason, "reason", 200);
            if (errors.Any)
            {
                return Reply.Refused(errors.ToProblem());
            }

            if (session.CancelledAt is not null)
            {
                return Reply.Ok(session.View());
            }

            if (SessionRules.RefuseCancel(session, work.Now) is { } over)
            {
                return Reply.Refused(over);
            }

            var cancelled = (await work.FirstOrDefaultAsync<SessionRow>(
                $"""
                 update sessions s set cancelled_at = @Now, cancel_reason = @Reason, version = s.version + 1, changed_at = @Now
                 where s.id = @id returning {SessionSql.Columns}
                 """, new { id, request.Reason, work.Now }))!;
            await work.ExecuteAsync("delete from bookings where session_id = @id", new { id });
            await SessionSql.TellCancelledAsync(work, group, cancelled);
            return Reply.Ok(cancelled.View());
        });
}
