using GroupTherapy.Contracts.Identity;
using GroupTherapy.Contracts.Room.V1;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using GroupTherapy.Room.Access;
using GroupTherapy.Room.Live;
using GroupTherapy.Room.Log;
using GroupTherapy.Room.Phasing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GroupTherapy.Room.Attendance;

/// <summary>A facilitator says against the count: excused, or there after all. A new fact beside it, for the record and for the other services.</summary>
public static class CorrectAttendance
{
    private const int LongestNote = 1000;
    private static readonly string[] Statuses = ["excused", "present", "no_show"];

    /// <param name="Status"><c>excused</c>, <c>present</c> or <c>no_show</c>; left out, only a note is added.</param>
    /// <param name="Note">For the record; kept sealed with the session and gone with its key.</param>
    public sealed record Request(string? Status = null, string? Note = null);

    public static void MapCorrectAttendance(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/sessions/{id}/attendance/{memberId}", async (Guid id, Guid memberId, Request request, Caller caller, HttpContext http, Writes writes, LiveRooms rooms) =>
        {
            var (errors, term) = (Check(request), rooms.Lease.Term);
            return errors.Any ? errors.ToProblem() : await writes.RunAsync(http, caller, request, async work =>
            {
                if (await SessionReading.ForAsync(work, caller, id, operators: false) is null)
                {
                    return Reply.Refused(Problem.NotFound());
                }

                return await RoomTurn.BeginServingAsync(work, id, TurnLock.Change, rooms, term) is ({ } turn, true)
                    ? await CorrectAsync(turn, memberId, request)
                    : Reply.Refused(Problem.TryAgain());
            });
        })
        .For(Roles.Facilitator).WithName("CorrectAttendance").WithTags("Live sessions").WithSummary("Correct a member's attendance by a new fact.")
        .Produces<AttendanceItem>().ProducesProblem(400).ProducesProblem(404).ProducesProblem(409);

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

    private static async Task<Reply> CorrectAsync(RoomTurn turn, Guid member, Request request)
    {
        var (work, session) = (turn.Work, turn.Session);
        if (session.Phase == Phases.Scheduled || session.Cancelled)
        {
            return Reply.Refused(new Problem(409, "room-not-open", "There is no attendance of a session that has not begun."));
        }

        if (request.Note is not null && session.WrappedKey is null)
        {
            return Reply.Refused(new Problem(409, "retention-over", "Notes of this session are not kept any more."));
        }

        if (await ParticipantAsync(turn, member) is not { } participant)
        {
            return Reply.Refused(Problem.NotFound());
        }

        var version = await work.FirstOrDefaultAsync<long>(
            "select coalesce(max(version), 0) + 1 from attendance_corrections where session_id = @SessionId and member_id = @member", new { turn.SessionId, member });
        await work.ExecuteAsync(
            """
            insert into attendance_corrections (correction_id, session_id, member_id, version, status, note, by_account, at)
            values (@id, @SessionId, @member, @version, @Status, @note, @AccountId, @Now)
            """,
            new
            {
                id = work.NewId(), turn.SessionId, member, version, request.Status, work.Caller.AccountId, work.Now,
                note = request.Note is { } note ? turn.Key.Seal("attendance", note) : null,
            });
        await work.AuditAsync("attendance.corrected", member, turn.SessionId, new { request.Status, version });
        if (request.Status is { } status)
        {
            await work.PublishAsync(new AttendanceCorrected(turn.SessionId, session.GroupId, participant, member, status, version, work.Now));
        }

        return Reply.Ok((await Corrections.CountAsync(work, session)).Single(r => r.MemberId == member));
    }

    // Whoever is expected may be excused, whether they ever asked to join or not.
    private static async Task<Guid?> ParticipantAsync(RoomTurn turn, Guid member)
    {
        await EndSession.MintAbsentAsync(turn);
        return await turn.Work.FirstOrDefaultAsync<Guid?>(
            "select participant_id from participants where session_id = @SessionId and account_id = @member and role = 'member'", new { turn.SessionId, member });
    }
}
