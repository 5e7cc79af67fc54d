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

/// <param name="ToldAt">When the member said so first.</param>
public sealed record MyAbsence(Guid SessionId, DateTimeOffset ToldAt);

/// <summary>A member says beforehand that they will not come, or that they come after all; the facilitators of the session read it.</summary>
internal static class Absences
{
    public static void MapAbsences(this IEndpointRouteBuilder app)
    {
        app.MapPost("/api/me/sessions/{id}/absence", (Delegate)TellAsync)
            .ForSignedIn()
            .Produces<MyAbsence>()
            .Describe("tellAbsence", Tag.Sessions, "I will not come to this session")
            .Refuses(409, "session-cancelled", "session-over", "session-running");
        app.MapDelete("/api/me/sessions/{id}/absence", (Delegate)WithdrawAsync)
            .ForSignedIn()
            .Produces(204)
            .Describe("withdrawAbsence", Tag.Sessions, "I come to this session after all")
            .Refuses(409, "session-cancelled", "session-over", "session-running");
        app.MapGet("/api/sessions/{id}/absences", (Delegate)ListAsync)
            .For(Roles.Facilitator, Roles.Operator)
            .Produces<Page<Absence>>()
            .Describe("listAbsences", Tag.Sessions, "Members who said that they will not come");
    }

    private static Task<IResult> TellAsync(Guid id, Caller caller, Writes writes, HttpContext http) =>
        writes.RunAsync(http, caller, null, work => SaveAsync(work, id, true));

    private static Task<IResult> WithdrawAsync(Guid id, Caller caller, Writes writes, HttpContext http) =>
        writes.RunAsync(http, caller, null, work => SaveAsync(work, id, false));

    private static async Task<Reply> SaveAsync(UnitOfWork work, Guid id, bool absent)
    {
        if (await AbsenceStore.LockSessionAsync(work, id, work.Caller.AccountId) is not { } session)
        {
            return Reply.Refused(Problem.NotYetKnown());
        }

        if (SessionRules.RefuseAbsence(session, work.Now) is { } refusal)
        {
            return Reply.Refused(refusal.ToProblem());
        }

        var at = await AbsenceStore.SaveAsync(work, session, work.Caller.AccountId, absent);
        return absent ? Reply.Ok(new MyAbsence(id, at)) : Reply.NoContent();
    }

    private static async Task<IResult> ListAsync(Guid id, Db db, Caller caller, CancellationToken ct)
    {
        await using var work = await db.BeginAsync(caller, ct);
        return await SessionStore.FindAsync(work, id) is var (group, session) && session.IsReadBy(caller, group.Practice)
            ? TypedResults.Ok(new Page<Absence>(await AbsenceStore.ListAsync(work, id), null))
            : Problem.NotFound();
    }
}
