using System.ComponentModel.DataAnnotations;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Time;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Enrollment.Api;

/// <summary>
/// An operator asks that a member may join one session although something about them is missing, unclear or disputed. Nothing changes until another one
/// approves; a known fact that fails is never lifted.
/// </summary>
internal static class RequestOverride
{
    /// <param name="Reason">Why, for the record; 1 to 500 characters.</param>
    /// <param name="ExpiresAt">When it ends: in the future, at most an hour after the session.</param>
    public sealed record Request(
        [Required] Guid? MemberId = null,
        [Required] Guid? SessionId = null,
        [Required] string? Point = null,
        [Required] string? Reason = null,
        [Required] DateTimeOffset? ExpiresAt = null
    );

    public static void MapRequestOverride(this IEndpointRouteBuilder app) =>
        app.MapPost(
                "/api/licensing/overrides",
                async (Request request, HttpContext http, Writes writes, Caller caller) =>
                {
                    var errors = Check(request);
                    return errors.Any ? errors.ToProblem() : await writes.RunAsync(http, caller, request, work => AskAsync(work, request));
                }
            )
            .For(Roles.Operator)
            .Produces<Override>(201)
            .Describe("requestOverride", Tag.Licensing, "Ask for an exception for one member and session")
            .Refuses(409, "session-cancelled");

    private static FieldErrors Check(Request r) =>
        new FieldErrors()
            .Check(r.MemberId is not null, "memberId", "This is needed.")
            .Check(r.SessionId is not null, "sessionId", "This is needed.")
            .Check(r.Point == OverridePolicy.Point, "point", "Only join can be decided by people.")
            .Check(r.ExpiresAt is not null, "expiresAt", "This is needed.")
            .Text(r.Reason, "reason", 500);

    private static async Task<Reply> AskAsync(UnitOfWork work, Request request)
    {
        var enrolled = await work.FirstOrDefaultAsync<Enrolled>(
            """
            select e.id, g.practice, g.group_id, s.ends_at, s.cancelled from planned_sessions s join seat_groups g using (group_id)
                join enrollments e using (group_id)
            where s.session_id = @SessionId and e.member_id = @MemberId and e.status = 'enrolled' and g.practice = any(@practices)
            """,
            new
            {
                request.SessionId,
                request.MemberId,
                practices = work.Caller.PracticesAs(Roles.Operator),
            }
        );
        if (enrolled is null)
        {
            return Reply.Refused(Problem.NotFound());
        }

        if (enrolled.Cancelled)
        {
            return Reply.Refused(OverridePolicy.Cancelled);
        }

        var expiresAt = request.ExpiresAt!.Value.ToMicroseconds();
        if (OverridePolicy.CheckEnd(new FieldErrors(), expiresAt, enrolled.EndsAt, work.Now) is { Any: true } errors)
        {
            return Reply.Refused(errors.ToProblem());
        }

        var id = work.NewId();
        await work.ExecuteAsync(
            """
            insert into overrides (id, practice, enrollment_id, member_id, group_id, session_id, point, reason, expires_at, asked_by, asked_at,
                principals)
            values (@id, @Practice, @enrollment, @MemberId, @GroupId, @SessionId, @Point, @Reason, @expiresAt, @by, @Now, @principals)
            """,
            new
            {
                id,
                enrolled.Practice,
                enrollment = enrolled.Id,
                request.MemberId,
                enrolled.GroupId,
                request.SessionId,
                request.Point,
                request.Reason,
                expiresAt,
                by = work.Caller.AccountId,
                work.Now,
                principals = FourEyes.PrincipalsOf(work.Caller),
            }
        );
        work.Audit(
            "override.asked",
            request.MemberId,
            id,
            new
            {
                request.SessionId,
                request.Point,
                expiresAt,
            }
        );
        return Reply.Created($"/api/licensing/overrides/{id}", await Override.ReadAsync(work, id));
    }

    private sealed record Enrolled(Guid Id, string Practice, Guid GroupId, DateTimeOffset EndsAt, bool Cancelled);
}
