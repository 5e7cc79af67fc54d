using System.ComponentModel.DataAnnotations;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Description;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Time;
using GroupTherapy.Platform.Web;
using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Scheduling.Series;
using GroupTherapy.Scheduling.Storage;

namespace GroupTherapy.Scheduling.Api;

/// <param name="StartsAt">The new start, in the future; any offset names that instant. The duration stays.</param>
public sealed record RescheduleSessionRequest([Required] DateTimeOffset? StartsAt);

/// <summary>Moves one session; the series stays where it is.</summary>
internal static class RescheduleSession
{
    public static void MapRescheduleSession(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/sessions/{id}/reschedule", (Delegate)HandleAsync).For(Roles.Operator)
            .Produces<SessionView>()
            .Describe("rescheduleSession", Tag.Sessions, "Move one session")
            .Refuses(409, "session-cancelled", "session-over", "session-running", "facilitator-busy");

    private static Task<IResult> HandleAsync(Guid id, RescheduleSessionRequest request, Caller caller, Writes writes, PlanTimes times, HttpContext http) =>
        writes.RunAsync(http, caller, request, work => MoveAsync(work, id, request, times));

    private static async Task<Reply> MoveAsync(UnitOfWork work, Guid id, RescheduleSessionRequest request, PlanTimes times)
    {
        if (await SessionStore.LockAsync(work, id) is not var (group, session))
        {
            return Reply.Refused(Problem.NotFound());
        }

        var errors = SessionRules.CheckNewStart(request.StartsAt, work.Now);
        if (errors.Any)
        {
            return Reply.Refused(errors.ToProblem());
        }

        if (SessionRules.RefuseMove(session, times.LobbyBefore, work.Now) is { } refusal)
        {
            return Reply.Refused(refusal.ToProblem());
        }

        var startsAt = request.StartsAt!.Value.ToMicroseconds();
        if (startsAt == session.StartsAt)
        {
            return Reply.Ok(session.View());
        }

        await FacilitatorStore.LockAsync(work, session.Staff);
        var meeting = new Occurrence(0, DateOnly.FromDateTime(startsAt.UtcDateTime), startsAt, startsAt + (session.EndsAt - session.StartsAt));
        if (await BookingStore.FirstConflictAsync(work, session.Staff, [meeting], exceptSession: id) is { } conflict)
        {
            return Reply.Refused(conflict.ToProblem(group.Practice));
        }

        if (await SessionStore.MoveAsync(work, session, startsAt) is not { } moved)
        {
            return Reply.Refused(Refusals.FacilitatorBusyJustNow);
        }

        await work.PublishAsync(new SessionRescheduled(moved.Snapshot(group), work.Now, session.StartsAt));
        await work.AuditAsync("session.rescheduled", reference: id, data: new { group.Id, from = session.StartsAt, to = startsAt, moved.Version });
        await UpdateSeriesEndAsync(work, group);
        return Reply.Ok(moved.View());
    }

    // Seats last until the end of the series, so a last session that moved moves that too.
    private static async Task UpdateSeriesEndAsync(UnitOfWork work, Group group)
    {
        var moved = await work.ExecuteAsync(
            """
            update groups g set series_ends_at = last.ends_at, version = version + 1
            from (select max(ends_at) as ends_at from sessions where group_id = @Id) last
            where g.id = @Id and g.weeks is not null and g.closed_at is null and g.series_ends_at is distinct from last.ends_at
            """, new { group.Id });
        if (moved == 1)
        {
            var changed = await GroupStore.GetAsync(work, group.Id);
            await work.PublishAsync(new GroupChanged(changed.Snapshot(), work.Now));
            await work.AuditAsync("group.changed", reference: group.Id, data: new { changed.Version, changed.SeriesEndsAt });
            SessionStore.ScheduleClosing(work, group.Id, changed.SeriesEndsAt!.Value + SeriesEndRules.UnreportedFor);
        }
    }
}
