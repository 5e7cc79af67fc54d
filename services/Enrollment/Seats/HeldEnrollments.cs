using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Enrollment.Seats;

/// <summary>Cases that a person must look at: operators release them into the line, where the seat is decided again, or refuse them with a reason.</summary>
internal static class HeldEnrollments
{
    public sealed record Item(Guid Id, Guid GroupId, Guid MemberId, string Status, Guid DecisionId, DateTimeOffset CreatedAt);

    public sealed record Request(string? Reason = null);

    public static void MapHeldEnrollments(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/enrollments", ListAsync).For(Roles.Operator).Produces<Page<Item>>();
        app.MapPost("/api/enrollments/{id:guid}/release", (Guid id, Request request, HttpContext http, Writes writes, Caller caller, SeatLedger ledger) =>
            SettleAsync(id, request, http, writes, caller, work => ReleaseAsync(work, id, request.Reason!, ledger))).For(Roles.Operator).Produces<EnrollmentView>();
        app.MapPost("/api/enrollments/{id:guid}/refuse", (Guid id, Request request, HttpContext http, Writes writes, Caller caller, SeatLedger ledger) =>
            SettleAsync(id, request, http, writes, caller, work => ledger.EndAsync(work, id, "refused", request.Reason))).For(Roles.Operator).Produces<EnrollmentView>();
    }

    private static async Task<IResult> ListAsync(Db db, Caller caller, Paging page, string? status, CancellationToken ct)
    {
        if (status is not (null or SeatStates.Reserved or SeatStates.Enrolled or SeatStates.Waitlisted or SeatStates.Offered or SeatStates.Held or SeatStates.Ended))
        {
            return Problem.Invalid("status", "One of reserved, enrolled, waitlisted, offered, held, ended.");
        }

        var rows = await db.QueryAsync<Item>(
            """
            select e.id, e.group_id, e.member_id, e.status, e.decision_id, e.created_at from enrollments e join seat_groups g using (group_id)
            where g.practice = any(@practices) and (@status::text is null or e.status = @status) and (@after::uuid is null or e.id > @after) order by e.id limit @more
            """, new { practices = caller.Practices.ToArray(), status, after = page.AfterId(), more = page.Limit + 1 }, ct);
        return TypedResults.Ok(page.PageOf(rows, r => [r.Id.ToString()]));
    }

    private static async Task<IResult> SettleAsync(Guid id, Request request, HttpContext http, Writes writes, Caller caller, Func<UnitOfWork, Task> settle) =>
        new FieldErrors().Text(request.Reason, "reason", 500) is { Any: true } errors ? errors.ToProblem() : await writes.RunAsync(http, caller, request, async work =>
        {
            var status = await work.FirstOrDefaultAsync<string>(
                "select e.status from enrollments e join seat_groups g using (group_id) where e.id = @id and g.practice = any(@practices) for update of e",
                new { id, practices = caller.Practices.ToArray() });
            if (status is null)
            {
                return Reply.Refused(Problem.NotFound());
            }

            if (status != SeatStates.Held)
            {
                return Reply.Refused(new Problem(409, "not-held", "Nobody needs to look at this any more."));
            }

            await settle(work);
            return Reply.Ok(await EnrollmentView.ReadAsync(work, id, null));
        });

    private static async Task ReleaseAsync(UnitOfWork work, Guid id, string reason, SeatLedger ledger)
    {
        // Back into the line with the old place: the offer asks the law again, with what the operator has put right.
        var stay = await work.FirstOrDefaultAsync<Row>(
            "update enrollments set status = 'waitlisted', passed_until = null, note = @reason, changed_at = @Now, version = version + 1 where id = @id returning group_id, member_id", new { id, reason, work.Now });
        await work.AuditAsync("enrollment.released", stay!.MemberId, id, new { stay.GroupId });
        await ledger.OfferFreeSeatsAsync(work, stay.GroupId);
        await ledger.TellSeatsAsync(work, stay.GroupId);
    }

    private sealed record Row(Guid GroupId, Guid MemberId);
}
