using System.ComponentModel.DataAnnotations;
using GroupTherapy.Audit;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Enrollment.Api;

/// <summary>
/// Cases that an operator must look at: held requests, and confirmed enrollments of which it became unclear whether the rules allow them.
/// A release asks the rules again with the corrections made since; only an allow lets the member go on.
/// </summary>
internal static class HeldEnrollments
{
    /// <param name="Since">Since when it has its status.</param>
    /// <param name="Outcome">Of the latest decision about it.</param>
    /// <param name="ReasonCodes">Of the latest decision, in their stable order.</param>
    /// <param name="Needs">The missing parts: <c>intake</c>, <c>facts</c> (the reasons name them).</param>
    /// <param name="ReviewSince">The confirmed enrollment became unclear then.</param>
    /// <param name="EndReason">Why it is over; null while it is not.</param>
    /// <param name="Note">The text that an operator wrote on releasing or refusing it; for operators alone.</param>
    /// <param name="RefusedBefore">How often operators refused this member a seat in this group before.</param>
    public sealed record Item(
        Guid Id,
        Guid GroupId,
        Guid MemberId,
        string Status,
        Guid DecisionId,
        DateTimeOffset CreatedAt,
        DateTimeOffset Since,
        string Outcome,
        IReadOnlyList<string> ReasonCodes,
        string[] Needs,
        DateTimeOffset? GraceUntil,
        DateTimeOffset? ReviewSince,
        string? EndReason,
        string? Note,
        int RefusedBefore
    );

    public sealed record Request([Required] string? Reason = null);

    public static void MapHeldEnrollments(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/enrollments", ListAsync)
            .For(Roles.Operator)
            .Sensitive("enrollments.listed")
            .Produces<Page<Item>>()
            .Describe("listHeldEnrollments", Tag.Seats, "Seats that need an operator");
        app.MapPost(
                "/api/enrollments/{id:guid}/release",
                (Guid id, Request request, HttpContext http, Db db, Caller caller, SeatExecutor seats) =>
                    RunAsync(request, http, db, caller, seats, new ReleaseEnrollment(id, request.Reason ?? ""))
            )
            .For(Roles.Operator)
            .Produces<EnrollmentView>()
            .Describe("releaseEnrollment", Tag.Seats, "Let a held seat go on")
            .Refuses(409, "not-held", "intake-missing", "still-held", "not-eligible")
            .AfterStepUp();
        app.MapPost(
                "/api/enrollments/{id:guid}/refuse",
                (Guid id, Request request, HttpContext http, Db db, Caller caller, SeatExecutor seats) =>
                    RunAsync(request, http, db, caller, seats, new RefuseEnrollment(id, request.Reason ?? ""))
            )
            .For(Roles.Operator)
            .Produces<EnrollmentView>()
            .Describe("refuseEnrollment", Tag.Seats, "Refuse a held seat")
            .Refuses(409, "not-held")
            .AfterStepUp();
    }

    /// <param name="review">True: only confirmed enrollments that became unclear.</param>
    private static async Task<IResult> ListAsync(Db db, Caller caller, Paging page, string? status, bool? review, CancellationToken ct)
    {
        if (status is not null && !EnrollmentStatus.All.Contains(status))
        {
            return Problem.Invalid("status", "One of reserved, enrolled, waitlisted, offered, held, ended.");
        }

        var rows = await db.QueryAsync<Row>(
            caller,
            $"""
            select e.id, e.group_id, e.member_id, e.status, d.id as decision_id, e.created_at, e.changed_at, d.outcome, d.answer,
                {EnrollmentRows.NeedsSql} as needs,
                   case when e.status = 'enrolled' then e.grace_until end as grace_until, case
                       when e.status = 'enrolled' then e.review_since end as review_since,
                   e.end_reason, e.note,
                   (select count(*)::int from enrollments b where b.member_id = e.member_id and b.group_id = e.group_id and b.end_reason = 'refused'
                       and b.id < e.id) as refused_before
            from enrollments e join seat_groups g using (group_id) join decisions d on d.id = coalesce(e.standing_decision_id, e.decision_id)
            where g.practice = any(@practices) and (@status::text is null or e.status = @status) and (@after::uuid is null or e.id > @after)
              and (not @review or (e.status = 'enrolled' and e.review_since is not null))
            order by e.id limit @more
            """,
            new
            {
                practices = caller.PracticesAs(Roles.Operator),
                status,
                review = review ?? false,
                after = page.AfterId(),
                more = page.Limit + 1,
            },
            ct
        );
        var (items, next) = page.PageOf(rows, r => [r.Id.ToString()]);
        return TypedResults.Ok(new Page<Item>([.. items.Select(r => r.View)], next));
    }

    private static async Task<IResult> RunAsync(Request request, HttpContext http, Db db, Caller caller, SeatExecutor seats, EnrollmentCommand command)
    {
        if (new FieldErrors().Text(request.Reason, "reason", 500) is { Any: true } errors)
        {
            return errors.ToProblem();
        }

        return
            await db.FirstOrDefaultAsync<Guid?>(
                "select e.group_id from enrollments e join seat_groups g using (group_id) where e.id = @EnrollmentId and g.practice = any(@practices)",
                new { command.EnrollmentId, practices = caller.PracticesAs(Roles.Operator) },
                http.RequestAborted
            )
                is { } groupId
            ? await seats.AnswerAsync(http, caller, groupId, command, request, result => Reply.Ok(EnrollmentView.Of(result)))
            : Problem.NotFound();
    }

    private sealed record Row(
        Guid Id,
        Guid GroupId,
        Guid MemberId,
        string Status,
        Guid DecisionId,
        DateTimeOffset CreatedAt,
        DateTimeOffset ChangedAt,
        string Outcome,
        string Answer,
        string[] Needs,
        DateTimeOffset? GraceUntil,
        DateTimeOffset? ReviewSince,
        string? EndReason,
        string? Note,
        int RefusedBefore
    )
    {
        public Item View =>
            new(
                Id,
                GroupId,
                MemberId,
                Status,
                DecisionId,
                CreatedAt,
                ChangedAt,
                Outcome,
                [.. StoredDecisions.Read(Answer).Reasons.Select(r => r.Code).Distinct()],
                Needs,
                GraceUntil,
                ReviewSince,
                EndReason,
                Note,
                RefusedBefore
            );
    }
}
