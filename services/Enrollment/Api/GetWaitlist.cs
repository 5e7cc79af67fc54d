using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Enrollment.Api;

/// <summary>A group's waitlist and its log, for the practice's operators: each offer, and why other members were passed over.</summary>
internal static class GetWaitlist
{
    /// <param name="Line">All waitlisted members, in order.</param>
    /// <param name="Log">Steps, the latest first.</param>
    /// <param name="NextCursor">Of the log.</param>
    public sealed record Answer(IReadOnlyList<Waiting> Line, IReadOnlyList<Step> Log, string? NextCursor);

    /// <param name="Position">1 is next; counts waitlisted members only. A held member keeps the position and comes back to it.</param>
    /// <param name="Since">When the member asked for a seat.</param>
    /// <param name="Eligible">By the latest decision; checked again when a seat is free.</param>
    /// <param name="PassedUntil">Passed over, and not checked again before then unless something changes.</param>
    public sealed record Waiting(Guid EnrollmentId, Guid MemberId, int Position, DateTimeOffset Since, bool Eligible, DateTimeOffset? PassedUntil);

    /// <param name="Who">The actor: an account, or a part of this service.</param>
    /// <param name="What">One of joined, held, released, offered, passed-over, offer-expired, confirmed, left.</param>
    /// <param name="Code">The reason, where there is one.</param>
    public sealed record Step(Guid EnrollmentId, Guid MemberId, DateTimeOffset At, string Who, string What, string? Code, Guid? DecisionId);

    public static void MapWaitlist(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/groups/{id:guid}/waitlist", HandleAsync)
            .For(Roles.Operator)
            .Produces<Answer>()
            .Describe("getWaitlist", Tag.Seats, "The waitlist of a group and what happened in it");

    private static async Task<IResult> HandleAsync(Guid id, Db db, HttpContext http, Writes writes, Caller caller, Paging page, CancellationToken ct)
    {
        if (
            !await db.FirstOrDefaultAsync<bool>(
                "select exists (select 1 from seat_groups where group_id = @id and practice = any(@practices))",
                new { id, practices = caller.PracticesAs(Roles.Operator) },
                ct
            )
        )
        {
            return Problem.NotYetKnown();
        }

        var line = await db.QueryAsync<Waiting>(
            caller,
            """
            select e.id as enrollment_id, e.member_id, (row_number() over (order by e.waitlist_order))::int as position, e.created_at as since,
                   d.outcome in ('allow', 'allow_with_conditions') as eligible, e.passed_until
            from enrollments e join decisions d on d.id = e.decision_id where e.group_id = @id and e.status = 'waitlisted' order by e.waitlist_order
            """,
            new { id },
            ct
        );
        var before =
            page.After.Count == 0 ? long.MaxValue
            : long.TryParse(page.After[0], out var last) ? last
            : throw new FieldException("cursor", "This is not a cursor of this list.");
        var log = await db.QueryAsync<Row>(
            """
            select id, enrollment_id, member_id, at, who, what, code, decision_id from waitlist_log where group_id = @id and id < @before order by id desc
                limit @more
            """,
            new
            {
                id,
                before,
                more = page.Limit + 1,
            },
            ct
        );
        return await writes.RunAsync(
            http,
            caller,
            null,
            async work =>
            {
                work.Audit("waitlist.read", reference: id);
                var (items, next) = page.PageOf(log, r => [$"{r.Id}"]);
                return Reply.Ok(
                    new Answer(line, [.. items.Select(r => new Step(r.EnrollmentId, r.MemberId, r.At, r.Who, r.What, r.Code, r.DecisionId))], next)
                );
            }
        );
    }

    private sealed record Row(long Id, Guid EnrollmentId, Guid MemberId, DateTimeOffset At, string Who, string What, string? Code, Guid? DecisionId);
}
