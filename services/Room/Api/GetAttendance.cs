using GroupTherapy.Audit;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using GroupTherapy.Room.Delivery;
using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GroupTherapy.Room.Api;

/// <summary>The attendance of a session, counted from the log, with the facilitators' corrections.</summary>
public static class GetAttendance
{
    public static void MapGetAttendance(this IEndpointRouteBuilder app) =>
        app.MapGet(
                "/api/sessions/{id}/attendance",
                async (Guid id, Caller caller, Db db, CancellationToken ct) =>
                {
                    await using var work = await db.BeginAsync(caller, ct);
                    return await SessionReader.ForAsync(work, caller, id, operators: true) is { } session
                        ? TypedResults.Ok(new Page<AttendanceItem>(await AttendanceRows.CountAsync(work, session), null))
                        : (IResult)Problem.NotFound();
                }
            )
            .For(Roles.Facilitator, Roles.Operator)
            .Sensitive("attendance.read")
            .Produces<Page<AttendanceItem>>()
            .Describe("getAttendance", Tag.LiveSessions, "Attendance of a session, from the room's log");
}
