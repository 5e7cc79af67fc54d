using GroupTherapy.Contracts.Identity;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Enrollment.Workers;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Enrollment.Api;

/// <summary>A member leaves: a reservation, an offer, the line or the group itself. A seat that comes free is offered on at once.</summary>
internal static class CancelEnrollment
{
    /// <param name="Reason">The member's own words, optional; at most 500 characters.</param>
    public sealed record Request(string? Reason = null);

    public static void MapCancelEnrollment(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/enrollments/{id:guid}/cancel", async (Guid id, Request request, HttpContext http, Writes writes, Caller caller, SeatLedger ledger) =>
            new FieldErrors().Check(request.Reason is not { Length: > 500 }, "reason", "At most 500 characters.") is { Any: true } errors
                ? errors.ToProblem()
                : await writes.RunAsync(http, caller, request, work => CancelAsync(work, id, request, ledger))).For(Roles.Member).Produces<EnrollmentView>();

    private static async Task<Reply> CancelAsync(UnitOfWork work, Guid id, Request request, SeatLedger ledger)
    {
        if (!await work.FirstOrDefaultAsync<bool>("select true from enrollments where id = @id and member_id = @member", new { id, member = work.Caller.AccountId }))
        {
            return Reply.Refused(Problem.NotFound());
        }

        await ledger.EndAsync(work, id, "cancelled", request.Reason);
        return Reply.Ok(await EnrollmentView.ReadAsync(work, id, null));
    }
}
