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

/// <param name="AskedAt">When it became known that the session needs another facilitator.</param>
public sealed record CoverRequest(Guid SessionId, DateTimeOffset AskedAt);

/// <summary>A facilitator asks for another to lead a session, before it or while it runs. Its operators get a mail, and choose a substitute.</summary>
internal static class CoverRequests
{
    public static void MapCoverRequests(this IEndpointRouteBuilder app)
    {
        app.MapPost("/api/sessions/{id}/cover-request", (Delegate)AskAsync)
            .For(Roles.Facilitator)
            .Produces<CoverRequest>()
            .Describe("askForCover", Tag.Sessions, "Ask for another facilitator for this session")
            .Refuses(409, "session-cancelled", "session-over");
        app.MapDelete("/api/sessions/{id}/cover-request", (Delegate)WithdrawAsync)
            .For(Roles.Facilitator)
            .Produces(204)
            .Describe("withdrawCoverRequest", Tag.Sessions, "Withdraw the request for another facilitator")
            .Refuses(409, "session-cancelled", "session-over");
    }

    private static Task<IResult> AskAsync(Guid id, Caller caller, Writes writes, HttpContext http) =>
        writes.RunAsync(
            http,
            caller,
            null,
            work =>
                ChangeAsync(
                    work,
                    id,
                    async (group, session) => Reply.Ok(new CoverRequest(id, await CoverStore.BeginAsync(work, group, session, CoverRules.Asked)))
                )
        );

    private static Task<IResult> WithdrawAsync(Guid id, Caller caller, Writes writes, HttpContext http) =>
        writes.RunAsync(
            http,
            caller,
            null,
            work =>
                ChangeAsync(
                    work,
                    id,
                    async (group, session) =>
                    {
                        await CoverStore.EndAsync(work, group, session, CoverRules.Asked);
                        // They may be away by now, which the request stood for meanwhile.
                        CoverStore.ScheduleCheck(work, group.Id);
                        return Reply.NoContent();
                    }
                )
        );

    private static async Task<Reply> ChangeAsync(UnitOfWork work, Guid id, Func<Group, Session, Task<Reply>> change) =>
        await SessionStore.LockLedAsync(work, id) is not var (group, session) ? Reply.Refused(Problem.NotFound())
        : SessionRules.RefuseSubstitute(session, work.Now) is { } over ? Reply.Refused(over.ToProblem())
        : await change(group, session);
}
