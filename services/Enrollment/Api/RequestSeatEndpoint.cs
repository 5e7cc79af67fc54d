using System.ComponentModel.DataAnnotations;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Storage;
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
        app.MapPost(
                "/api/enrollments",
                async Task<IResult> (Request request, HttpContext http, Caller caller, SeatExecutor seats) =>
                    caller.Flags.Contains(EmailNotConfirmed.Code) ? EmailNotConfirmed
                    : request.GroupId is { } groupId
                        ? await seats.AnswerAsync(
                            http,
                            caller,
                            groupId,
                            new RequestSeat(caller.AccountId),
                            request,
                            result => Reply.Created($"/api/enrollments/{result.Outcome.EnrollmentId}", EnrollmentView.OfNew(result))
                        )
                    : Problem.Invalid("groupId", "This is needed.")
            )
            .For(Roles.Member)
            .Produces<EnrollmentView>(201)
            .Refuses(404, "not-found")
            .Describe("requestSeat", Tag.Seats, "Ask for a seat in a group")
            .Refuses(409, "already-enrolled", "group-closed", "too-many-unconfirmed")
            .RefusesWith<DecisionView>(403, "not-eligible", "decision")
            .Refuses(403, EmailNotConfirmed.Code);

    /// <summary>A seat is bound to a mailbox that is read: offers and changes of times go there.</summary>
    private static readonly Problem EmailNotConfirmed = new(
        403,
        "email-not-confirmed",
        "Please confirm your e-mail first. We sent you a link; you can ask for a new one."
    );
}
