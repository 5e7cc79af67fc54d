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

/// <param name="StartsAt">The new start, in the future; any offset names that instant.</param>
/// <param name="DurationMinutes">A new length, 15 to 480; left out, it stays.</param>
/// <param name="AcceptTimeOff">The operator accepts that it falls into a facilitator's time off; default false.</param>
public sealed record RescheduleSessionRequest([Required] DateTimeOffset? StartsAt, int? DurationMinutes = null, bool? AcceptTimeOff = null);

/// <summary>Moves one session, or makes it shorter or longer; the series stays where it is.</summary>
internal static class RescheduleSession
{
    public static void MapRescheduleSession(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/sessions/{id}/reschedule", (Delegate)HandleAsync).For(Roles.Operator)
            .Produces<SessionView>()
            .Describe("rescheduleSession", Tag.Sessions, "Move one session, or change its length")
            .Refuses(409, "session-cancelled", "session-over", "session-running", "group-busy", "facilitator-busy", "facilitator-away");

    private static Task<IResult> HandleAsync(Guid id, RescheduleSessionRequest request, Caller caller, Writes writes, PlanTimes times, HttpContext http) =>
        writes.RunAsync(http, caller, request, work => MoveAsync(work, id, request, times));

    private static async Task<Reply> MoveAsync(UnitOfWork work, Guid id, RescheduleSessionRequest request, PlanTimes times)
    {
        if (await SessionStore.LockAsync(work, id) is not var (group, session))
        {
            return Reply.Refused(Problem.NotFound());
        }

        var errors = SessionRules.CheckNewStart(request.StartsAt, work.Now)
            .Check(request.DurationMinutes is null or (>= 15 and <= 480), "durationMinutes", "15 to 480 minutes.");
        if (errors.Any)
        {
            return Reply.Refused(errors.ToProblem());
        }

        if (SessionRules.RefuseMove(session, times.LobbyBefore, work.Now) is { } refusal)
        {
            return Reply.Refused(refusal.ToProblem());
        }

        var startsAt = request.StartsAt!.Value.ToMicroseconds();
        var endsAt = startsAt + (request.DurationMinutes is { } minutes ? TimeSpan.FromMinutes(minutes) : session.EndsAt - session.StartsAt);
        if ((startsAt, endsAt) == (session.StartsAt, session.EndsAt))
        {
            return Reply.Ok(session.View());
        }

        await FacilitatorStore.LockAsync(work, session.Staff);
        var meeting = new MeetingTime(startsAt, endsAt);
        if (await BookingStore.FirstConflictAsync(work, session.Staff, [meeting], exceptSession: id, inPerson: group.IsInPerson) is { } conflict)
        {
            return Reply.Refused(conflict.ToProblem(group.Practice));
        }

        if (await SessionStore.MeetsAsync(work, group.Id, meeting, except: id))
        {
            return Reply.Refused(Refusals.GroupBusy);
        }

        if (await Refusals.FacilitatorAwayAsync(work, session.Staff, [meeting], session.TimeZone, request.AcceptTimeOff) is { } away)
        {
            return Reply.Refused(away);
        }

        var local = SeriesRules.WallClock(startsAt, SeriesRules.Zone(session.TimeZone)!);
        if (await SessionStore.MoveAsync(work, session, startsAt, endsAt, local) is not { } moved)
        {
            return Reply.Refused(Refusals.FacilitatorBusyJustNow);
        }

        work.Publish(new SessionRescheduled(moved.Snapshot(group), work.Now, session.StartsAt));
        work.Audit("session.rescheduled", reference: id, data: new { group.Id, from = session.StartsAt, to = startsAt, moved.Version });
        if (!await GroupStore.UpdateSeriesEndAsync(work, group))
        {
            await GroupStore.AnnounceAdmissionAsync(work, group);
        }

        return Reply.Ok(moved.View());
    }
}
