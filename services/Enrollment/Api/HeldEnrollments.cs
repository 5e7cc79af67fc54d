using GroupTherapy.Contracts.Enrollment.V1;
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

/// <summary>
/// Cases that a person must look at: requests that are held, and confirmed stays of which it became unclear whether the rules allow them.
/// A release asks the rules again with what was put right since; only a yes of theirs lets the person go on.
/// </summary>
internal static class HeldEnrollments
{
    /// <param name="Since">Since when the stay is what it is.</param>
    /// <param name="Outcome">Of the latest decision about it.</param>
    /// <param name="ReasonCodes">Of the latest decision, in their stable order.</param>
    /// <param name="Needs">What is missing: <c>intake</c>, <c>facts</c> (the reasons name them).</param>
    /// <param name="ReviewSince">A confirmed stay became unclear then.</param>
    /// <param name="EndReason">Why it is over; null while it is not.</param>
    /// <param name="Note">What an operator wrote when they released or refused it; for operators alone.</param>
    /// <param name="RefusedBefore">How often operators have refused this person a seat in this group before.</param>
    public sealed record Item(
        Guid Id, Guid GroupId, Guid MemberId, string Status, Guid DecisionId, DateTimeOffset CreatedAt, DateTimeOffset Since, string Outcome, IReadOnlyList<string> ReasonCodes, string[] Needs,
        DateTimeOffset? GraceUntil, DateTimeOffset? ReviewSince, string? EndReason, string? Note, int RefusedBefore);

    public sealed record Request(string? Reason = null);

    public static void MapHeldEnrollments(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/enrollments", ListAsync).For(Roles.Operator).Produces<Page<Item>>();
        app.MapPost("/api/enrollments/{id:guid}/release", (Guid id, Request request, HttpContext http, Writes writes, Caller caller, Settling settling) =>
            SettleAsync(id, request, http, writes, caller, (work, stay) => settling.ReleaseAsync(work, stay, request.Reason!))).For(Roles.Operator).Produces<EnrollmentView>();
        app.MapPost("/api/enrollments/{id:guid}/refuse", (Guid id, Request request, HttpContext http, Writes writes, Caller caller, Settling settling) =>
            SettleAsync(id, request, http, writes, caller, (work, stay) => settling.RefuseAsync(work, stay, request.Reason!))).For(Roles.Operator).Produces<EnrollmentView>();
    }

    /// <param name="review">True: only confirmed stays that became unclear.</param>
    private static async Task<IResult> ListAsync(Db db, Caller caller, Paging page, string? status, bool? review, CancellationToken ct)
    {
        if (status is not (null or SeatStates.Reserved or SeatStates.Enrolled or SeatStates.Waitlisted or SeatStates.Offered or SeatStates.Held or SeatStates.Ended))
        {
            return Problem.Invalid("status", "One of reserved, enrolled, waitlisted, offered, held, ended.");
        }

        var rows = await db.QueryAsync<Row>(
            $"""
            select e.id, e.group_id, e.member_id, e.status, d.id as decision_id, e.created_at, e.changed_at, d.outcome, d.answer, {EnrollmentView.NeedsSql} as needs,
                   case when e.status = 'enrolled' then e.grace_until end as grace_until, case when e.status = 'enrolled' then e.review_since end as review_since,
                   e.end_reason, e.note,
                   (select count(*)::int from enrollments b where b.member_id = e.member_id and b.group_id = e.group_id and b.end_reason = 'refused' and b.id < e.id) as refused_before
            from enrollments e join seat_groups g using (group_id) join decisions d on d.id = coalesce(e.standing_decision_id, e.decision_id)
            where g.practice = any(@practices) and (@status::text is null or e.status = @status) and (@after::uuid is null or e.id > @after)
              and (not @review or (e.status = 'enrolled' and e.review_since is not null))
            order by e.id limit @more
            """, new { practices = caller.Practices.ToArray(), status, review = review ?? false, after = page.AfterId(), more = page.Limit + 1 }, ct);
        var (items, next) = page.PageOf(rows, r => [r.Id.ToString()]);
        return TypedResults.Ok(new Page<Item>([.. items.Select(r => r.View)], next));
    }

    private static async Task<IResult> SettleAsync(Guid id, Request request, HttpContext http, Writes writes, Caller caller, Func<UnitOfWork, KeepStanding.Live, Task<Reply>> settle) =>
        new FieldErrors().Text(request.Reason, "reason", 500) is { Any: true } errors ? errors.ToProblem() : await writes.RunAsync(http, caller, request, async work =>
        {
            var stay = await work.FirstOrDefaultAsync<KeepStanding.Live>(
                $"{KeepStanding.Select} join seat_groups g using (group_id) where e.id = @id and g.practice = any(@practices) for update of e", new { id, practices = caller.Practices.ToArray() });
            return stay is null ? Reply.Refused(Problem.NotFound())
                : stay.Status == SeatStates.Held || stay is { Status: SeatStates.Enrolled, ReviewSince: not null } ? await settle(work, stay)
                : Reply.Refused(SeatRules.NotHeld);
        });

    private sealed record Row(
        Guid Id, Guid GroupId, Guid MemberId, string Status, Guid DecisionId, DateTimeOffset CreatedAt, DateTimeOffset ChangedAt, string Outcome, string Answer, string[] Needs,
        DateTimeOffset? GraceUntil, DateTimeOffset? ReviewSince, string? EndReason, string? Note, int RefusedBefore)
    {
        public Item View => new(
            Id, GroupId, MemberId, Status, DecisionId, CreatedAt, ChangedAt, Outcome, [.. StoredDecisions.Read(Answer).Reasons.Select(r => r.Code).Distinct()], Needs, GraceUntil, ReviewSince, EndReason, Note, RefusedBefore);
    }
}

/// <summary>What an operator does with such a case.</summary>
public sealed class Settling(DecisionDesk desk, SeatLedger ledger, OfferSeats offers, KeepStanding standing)
{
    /// <summary>Back into the line with the old place, or confirmed without a question mark: if the rules say yes now.</summary>
    public async Task<Reply> ReleaseAsync(UnitOfWork work, KeepStanding.Live stay, string reason)
    {
        var group = (await GroupStore.FindAsync(work, stay.GroupId))!;
        if (stay.Status == SeatStates.Held && group.IntakeFirst && !await IntakeStore.DoneAsync(work, stay.MemberId, group.Practice))
        {
            return Reply.Refused(SeatRules.IntakeMissing);
        }

        if (stay.Status == SeatStates.Enrolled)
        {
            await standing.LookAsync(work, stay);
            var view = await EnrollmentView.ReadAsync(work, stay.Id, null);
            var now = view.Standing ?? view.Decision!;
            return Refusal(now) ?? await DoneAsync(work, stay, reason);
        }

        var decision = await desk.DecideAsync(work, Points.SeatHold, group, stay.MemberId, stay.Id);
        if (Refusal(decision) is { } refused)
        {
            await work.ExecuteAsync("update enrollments set decision_id = @decision where id = @Id", new { decision = decision.Id, stay.Id });
            return refused;
        }

        var version = await work.FirstOrDefaultAsync<long>(
            "update enrollments set status = 'waitlisted', passed_until = null, decision_id = @decision, changed_at = @Now, version = version + 1 where id = @Id returning version",
            new { decision = decision.Id, work.Now, stay.Id });
        await WaitlistLog.WriteAsync(work, stay.GroupId, stay.Id, stay.MemberId, WaitlistLog.Released, decisionId: decision.Id);
        await work.PublishAsync(new EnrollmentReconsidered(
            stay.Id, stay.GroupId, stay.MemberId, SeatStates.Waitlisted, decision.Outcome.Wire(), [.. decision.Reasons.Select(r => r.Code).Distinct()], version, work.Now));
        await offers.ToTheLineAsync(work, stay.GroupId);
        await ledger.TellSeatsAsync(work, stay.GroupId);
        return await DoneAsync(work, stay, reason);
    }

    public async Task<Reply> RefuseAsync(UnitOfWork work, KeepStanding.Live stay, string reason)
    {
        await ledger.EndAsync(work, stay.Id, "refused", reason);
        return Reply.Ok(await EnrollmentView.ReadAsync(work, stay.Id, null));
    }

    // What the rules answered is on record either way.
    private static Reply? Refusal(DecisionView decision) => SeatRules.AfterDecision(decision.Outcome) switch
    {
        EnrolStep.HoldForOperator => Reply.RefusedOnRecord(SeatRules.StillHeld(decision)),
        EnrolStep.Refuse => Reply.RefusedOnRecord(SeatRules.CannotBeReleased(decision)),
        _ => null,
    };

    private static async Task<Reply> DoneAsync(UnitOfWork work, KeepStanding.Live stay, string reason)
    {
        await work.ExecuteAsync("update enrollments set note = @reason where id = @Id", new { reason, stay.Id });
        await work.AuditAsync("enrollment.released", stay.MemberId, stay.Id, new { stay.GroupId });
        return Reply.Ok(await EnrollmentView.ReadAsync(work, stay.Id, null));
    }
}
