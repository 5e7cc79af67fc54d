using System.ComponentModel.DataAnnotations;
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

/// <summary>A member asks for a seat. Decision, enrollment, audit entry, event and response commit together, with those of other members who ask at the same
/// time.</summary>
internal static class RequestSeatEndpoint
{
    public sealed record Request([Required] Guid? GroupId = null);

    public static void MapRequestSeat(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/enrollments", async Task<IResult> (
            Request request, HttpContext http, Caller caller, Db db, SeatExecutor seats, IConfiguration settings) =>
            request.GroupId is { } groupId
            ? await seats.AnswerAsync(
                http, caller, groupId,
                new RequestSeat(caller.AccountId, await ReleasedOftenAsync(db, settings, caller.AccountId, groupId, http.RequestAborted)), request, result =>
                    Reply.Created($"/api/enrollments/{result.Outcome.EnrollmentId}", EnrollmentView.OfNew(result)))
            : Problem.Invalid("groupId", "This is needed.")).For(Roles.Member).Produces<EnrollmentView>(201)
            .Describe("requestSeat", Tag.Seats, "Ask for a seat in a group").Refuses(409, "already-enrolled", "group-closed", "too-many-unconfirmed")
            .RefusesWith<DecisionView>(403, "not-eligible", "decision");

    // Who takes and drops a seat again and again keeps it from everybody else.
    private static Task<bool> ReleasedOftenAsync(Db db, IConfiguration settings, Guid member, Guid group, CancellationToken ct) => db.FirstOrDefaultAsync<bool>(
        """
        select count(*) >= @most from enrollments
        where member_id = @member and group_id = @group and status = 'ended' and end_reason = any(@released) and changed_at > @since
        """,
        new
        {
            most = settings.GetValue("Seats:ReleasesADay", ReleasesADay),
            member,
            group,
            released = new[] { EndReasons.Cancelled, EndReasons.Expired },
            since = db.Clock.GetUtcNow().AddDays(-1),
        }, ct);

    private const int ReleasesADay = 5;
}
