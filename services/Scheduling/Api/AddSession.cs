using System.ComponentModel.DataAnnotations;
using GroupTherapy.Contracts.Identity;
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

/// <param name="StartsAt">In the future, at most a year ahead.</param>
/// <param name="DurationMinutes">15 to 480; left out, as long as the series' sessions.</param>
public sealed record AddSessionRequest([Required] DateTimeOffset? StartsAt, int? DurationMinutes = null, bool? AcceptTimeOff = null);

/// <param name="Admits">Whether new members may begin with the session.</param>
public sealed record MarkAdmissionRequest([Required] bool? Admits);

/// <summary>A session beside the series, to make up for one that fell out; and the sessions with which new members begin.</summary>
internal static class AddSession
{
    public static void MapAddSession(this IEndpointRouteBuilder app)
    {
        app.MapPost("/api/groups/{id}/sessions", (Delegate)AddAsync).For(Roles.Operator).Produces<SessionView>(201)
            .Describe("addSession", Tag.Sessions, "Add a makeup session to a group")
            .Refuses(409, "group-closed", "group-busy", "facilitator-busy", "facilitator-away");
        app.MapPost("/api/sessions/{id}/admission", (Delegate)MarkAsync).For(Roles.Operator).Produces<SessionView>()
            .Describe("markAdmission", Tag.Sessions, "Say whether new members may begin with a session").Refuses(409, "session-over", "session-cancelled");
    }

    private static Task<IResult> AddAsync(Guid id, AddSessionRequest request, Caller caller, Writes writes, HttpContext http) =>
        writes.RunAsync(http, caller, request, async work =>
        {
            if (await GroupStore.LockAsync(work, id) is not { } group)
            {
                return Reply.Refused(Problem.NotFound());
            }

            var errors = SessionRules.CheckNewStart(request.StartsAt, work.Now)
                .Check(request.DurationMinutes is null or (>= 15 and <= 480), "durationMinutes", "15 to 480 minutes.");
            if (errors.Any)
            {
                return Reply.Refused(errors.ToProblem());
            }

            if (group.ClosedAt is not null)
            {
                return Reply.Refused(Refusals.GroupClosed);
            }

            await FacilitatorStore.LockAsync(work, group.Staff);
            var (local, meeting) = Meeting(group, request.StartsAt!.Value.ToUniversalTime().ToMicroseconds(), request.DurationMinutes ?? group.DurationMinutes);
            if (await BookingStore.FirstConflictAsync(work, group.Staff, [meeting], inPerson: group.IsInPerson) is { } conflict)
            {
                return Reply.Refused(conflict.ToProblem(group.Practice));
            }

            if (await SessionStore.MeetsAsync(work, id, meeting))
            {
                return Reply.Refused(Refusals.GroupBusy);
            }

            if (await Refusals.FacilitatorAwayAsync(work, group.Staff, [meeting], group.Series.Zone.Id, request.AcceptTimeOff) is { } away)
            {
                return Reply.Refused(away);
            }

            if (await SeriesStore.CreateExtraAsync(work, group, local, meeting, admitsNew: group.Admission == "always") is not { } session)
            {
                return Reply.Refused(Refusals.FacilitatorBusyJustNow);
            }

            await GroupStore.UpdateSeriesEndAsync(work, group);
            return Reply.Created($"/api/groups/{id}/sessions", session.View());
        });

    private static (DateTime Local, MeetingTime Meeting) Meeting(Group group, DateTimeOffset startsAt, int minutes)
    {
        var local = SeriesRules.WallClock(startsAt, group.Series.Zone);
        return (local, new MeetingTime(startsAt, startsAt.AddMinutes(minutes)));
    }

    private static Task<IResult> MarkAsync(Guid id, MarkAdmissionRequest request, Caller caller, Writes writes, HttpContext http) =>
        writes.RunAsync(http, caller, request, async work =>
        {
            if (await SessionStore.LockAsync(work, id) is not var (group, session))
            {
                return Reply.Refused(Problem.NotFound());
            }

            if (request.Admits is not { } admits)
            {
                return Reply.Refused(Problem.Invalid("admits", "This is needed."));
            }

            return SessionRules.RefuseSubstitute(session, work.Now) is { } refusal
                ? Reply.Refused(refusal.ToProblem())
                : Reply.Ok((await SessionStore.MarkAdmissionAsync(work, group, session, admits)).View());
        });
}
