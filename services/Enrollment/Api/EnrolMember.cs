using System.Diagnostics;
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
using Npgsql;

namespace GroupTherapy.Enrollment.Api;

/// <summary>
/// A member asks for a seat. The law and the practice's policy are asked first, then the seat; decision, seat, record, event and answer commit together,
/// with those of others who ask at the same time.
/// </summary>
internal static class EnrolMember
{
    public sealed record Request(Guid? GroupId = null);

    public static void MapEnrolMember(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/enrollments", HandleAsync).For(Roles.Member).Produces<EnrollmentView>(201);

    private static async Task<IResult> HandleAsync(Request request, HttpContext http, Caller caller, SeatQueue seats)
    {
        if (request.GroupId is not { } groupId)
        {
            return Problem.Invalid("groupId", "This is needed.");
        }

        if (KeyedRequest.Read(http, caller, request, out var keyed) is { } unusable)
        {
            return unusable;
        }

        try
        {
            return await seats.AskAsync(new SeatAsk(caller, groupId, keyed, Activity.Current), http.RequestAborted);
        }
        catch (PostgresException e) when (e.ConstraintName == "one_live_seat_per_member")
        {
            return SeatRules.AlreadyEnrolled;
        }
        catch (CrossedException)
        {
            return Problem.TryAgain();
        }
    }
}
