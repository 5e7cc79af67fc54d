using GroupTherapy.Contracts.Identity;
using GroupTherapy.Contracts.Room.V1;
using GroupTherapy.Description;
using GroupTherapy.Platform.Idempotency;
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

/// <summary>A facilitator says against the count: excused, or there after all. A new fact beside it, for the record and for the other services.</summary>
public static class CorrectAttendance
{
    private const int LongestNote = 1000;
    private static readonly string[] Statuses = ["excused", "present", "no_show"];

    /// <param name="Status"><c>excused</c>, <c>present</c> or <c>no_show</c>; left out, only a note is added.</param>
    /// <param name="Note">For the record; kept sealed with the session and gone with its key.</param>
    public sealed record Request(string? Status = null, string? Note = null);

    public static void MapCorrectAttendance(this IEndpointRouteBuilder app) =>
        app.MapPost(
                "/api/sessions/{id}/attendance/{memberId}",
                async (Guid id, Guid memberId, Request request, Caller caller, HttpContext http, Writes writes, RoomExecutor executor, NodeLease lease) =>
                {
                    var (errors, term) = (Check(request), lease.Term);
                    return errors.Any
                        ? errors.ToProblem()
                        : await writes.RunAsync(
                            http,
                            caller,
                            request,
                            async work =>
                            {
                                if (await SessionReader.ForStaffAsync(work, caller, id) is null)
                                {
                                    return Reply.Refused(Problem.NotFound());
                                }

                                var answer = await executor.RunInAsync(
                                    work,
                                    new Domain.CorrectAttendance(id, caller.AccountId, memberId, request.Status, request.Note) { Who = caller.Who, Term = term }
                                );
                                return answer.Value is { } item ? Reply.Ok(item) : Reply.Refused(ProblemOf(answer.Refusal!));
                            }
                        );
                }
            )
            .For(Roles.Facilitator)
            .Produces<AttendanceItem>()
            .Describe("correctAttendance", Tag.LiveSessions, "Correct a member's attendance by a new fact")
            .Refuses(409, "room-not-open", "retention-over");

    private static FieldErrors Check(Request request)
    {
        var errors = new FieldErrors();
        errors.Check(request.Status is null || Statuses.Contains(request.Status), "status", "excused, present or no_show.");
        errors.Check(request.Status is not null || request.Note is not null, "status", "A status, a note, or both.");
        if (request.Note is { } note)
        {
            errors.Text(note, "note", LongestNote);
        }

        return errors;
    }

    private static Problem ProblemOf(Refusal refusal) =>
        refusal == Refusal.TryAgain ? Problem.TryAgain()
        : refusal == Refusal.NotFound ? Problem.NotFound()
        : new Problem(409, refusal.Code, refusal.Sentence);
}
