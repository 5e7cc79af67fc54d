using System.ComponentModel.DataAnnotations;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Scheduling.Storage;

namespace GroupTherapy.Scheduling.Api;

/// <param name="TakesPlace">False cancels the session.</param>
public sealed record DecideQuorumRequest([Required] bool? TakesPlace);

/// <summary>Whether a session with few members takes place: its facilitators or an operator answer; without an answer in time it does.</summary>
internal static class Quorum
{
    public static void MapQuorum(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/sessions/{id}/quorum", (Delegate)HandleAsync)
            .For(Roles.Facilitator, Roles.Operator)
            .Produces<SessionView>()
            .Describe("decideQuorum", Tag.Sessions, "Say whether a session with few members takes place")
            .Refuses(409, "not-asked", "session-over", "session-cancelled");

    private static Task<IResult> HandleAsync(Guid id, DecideQuorumRequest request, Caller caller, Writes writes, HttpContext http) =>
        writes.RunAsync(
            http,
            caller,
            request,
            async work =>
            {
                if (
                    await SessionStore.FindAsync(work, id) is not var (before, _)
                    || await GroupStore.LockAnyAsync(work, before.Id) is not { } group
                    || await SessionStore.FindAsync(work, id) is not var (_, session)
                    || !session.IsReadBy(caller, group.Practice)
                )
                {
                    return Reply.Refused(Problem.NotFound());
                }

                if (request.TakesPlace is not { } takesPlace)
                {
                    return Reply.Refused(Problem.Invalid("takesPlace", "This is needed."));
                }

                if (SessionRules.RefuseSubstitute(session, work.Now) is { } over)
                {
                    return Reply.Refused(over.ToProblem());
                }

                if (await QuorumStore.FindAsync(work, id) is not { AnswerBy: not null } state)
                {
                    return Reply.Refused(new Problem(409, "not-asked", "Enough members are expected in this session; nothing was asked. You can cancel it."));
                }

                if (state.TakesPlace == takesPlace)
                {
                    return Reply.Ok(session.View());
                }

                await QuorumStore.DecideAsync(work, group, session, takesPlace, answered: true);
                return Reply.Ok((takesPlace ? session : await SessionStore.CancelAsync(work, group, id, "Too few members.", "quorum")).View());
            }
        );
}
