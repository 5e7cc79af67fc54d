using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Enrollment.Api;

/// <summary>A member leaves: a reservation, an offer, the waitlist or the group. A seat that comes free is offered on at once.</summary>
internal static class CancelEnrollmentEndpoint
{
    /// <param name="Reason">The member's own words, optional; at most 500 characters.</param>
    public sealed record Request(string? Reason = null);

    public static void MapCancelEnrollment(this IEndpointRouteBuilder app) =>
        app.MapPost(
                "/api/enrollments/{id:guid}/cancel",
                async (Guid id, Request request, HttpContext http, Caller caller, Db db, SeatExecutor seats) =>
                    new FieldErrors().OptionalText(request.Reason, "reason", 500, manyLines: true) is { Any: true } errors
                        ? errors.ToProblem()
                        : await seats.AnswerMemberAsync(http, caller, db, new CancelEnrollment(id, request.Reason), request)
            )
            .For(Roles.Member)
            .Produces<EnrollmentView>()
            .Describe("cancelEnrollment", Tag.Seats, "Give up a seat or a waitlist position");
}
