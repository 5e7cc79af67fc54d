using System.ComponentModel.DataAnnotations;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Enrollment.Api;

/// <summary>Consents make a reserved or offered seat the member's own, every week from now on. The rules are asked again.</summary>
internal static class ConfirmSeatEndpoint
{
    public sealed record Request([Required] IReadOnlyList<GivenConsent>? Consents = null);

    public static void MapConfirmSeat(this IEndpointRouteBuilder app) =>
        app.MapPost(
                "/api/enrollments/{id:guid}/confirm",
                (Guid id, Request request, HttpContext http, Caller caller, Db db, SeatExecutor seats) =>
                    ConsentTexts.Faults(request.Consents) is { Any: true } faults
                        ? Task.FromResult<IResult>(faults.ToProblem())
                        : seats.AnswerMemberAsync(http, caller, db, new ConfirmSeat(id, request.Consents!), request)
            )
            .For(Roles.Member)
            .Produces<EnrollmentView>()
            .Describe("confirmSeat", Tag.Seats, "Agree to the texts and take the seat")
            .Refuses(409, "not-reserved")
            .Refuses(400, "consents-missing")
            .RefusesWith<DecisionView>(403, "not-eligible", "decision");
}
