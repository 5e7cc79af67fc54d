using System.ComponentModel.DataAnnotations;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Scheduling.Storage;

namespace GroupTherapy.Scheduling.Api;

/// <param name="Reason">For the operators' own record, 1 to 200 characters; it does not travel.</param>
public sealed record CancelSessionRequest([Required] string? Reason);

/// <summary>Cancels one session; the series goes on.</summary>
internal static class CancelSession
{
    public static void MapCancelSession(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/sessions/{id}/cancel", (Delegate)HandleAsync)
            .For(Roles.Operator)
            .Produces<SessionView>()
            .Describe("cancelSession", Tag.Sessions, "Cancel one session")
            .Refuses(409, "session-over");

    private static Task<IResult> HandleAsync(Guid id, CancelSessionRequest request, Caller caller, Writes writes, HttpContext http) =>
        writes.RunAsync(
            http,
            caller,
            request,
            async work =>
            {
                if (await SessionStore.LockAsync(work, id) is not var (group, session))
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
                    return Reply.Refused(over.ToProblem());
                }

                var cancelled = await SessionStore.CancelAsync(work, group, id, request.Reason!);
                await GroupStore.AnnounceAdmissionAsync(work, group);
                return Reply.Ok(cancelled.View());
            }
        );
}
