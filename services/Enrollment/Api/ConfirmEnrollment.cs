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

/// <summary>Consents make a held or offered seat the member's own, every week from now on. The law is asked again.</summary>
internal static class ConfirmEnrollment
{
    public sealed record Request(IReadOnlyList<GivenConsent>? Consents = null);

    public static void MapConfirmEnrollment(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/enrollments/{id:guid}/confirm", (Guid id, Request request, HttpContext http, Writes writes, Caller caller, DecisionDesk desk, SeatLedger ledger) =>
            writes.RunAsync(http, caller, request, work => ConfirmAsync(work, id, request, desk, ledger))).For(Roles.Member).Produces<EnrollmentView>();

    private static async Task<Reply> ConfirmAsync(UnitOfWork work, Guid id, Request request, DecisionDesk desk, SeatLedger ledger)
    {
        var stay = await work.FirstOrDefaultAsync<Row>(
            "select group_id, status, coalesce(case when status = 'reserved' then seat_held_until end, offer_expires_at) as deadline from enrollments where id = @id and member_id = @member for update",
            new { id, member = work.Caller.AccountId });
        if (stay is null)
        {
            return Reply.Refused(Problem.NotFound());
        }

        if (stay.Status == SeatStates.Enrolled)
        {
            return Reply.Ok(await EnrollmentView.ReadAsync(work, id, null));
        }

        if (!SeatRules.MayConfirm(new Stay(stay.Status, stay.Deadline), work.Now))
        {
            return Reply.Refused(SeatRules.NotReserved(stay.Status));
        }

        var group = await GroupStore.FindAsync(work, stay.GroupId);
        var needed = await ConsentStore.NeededAsync(work.QueryAsync<ConsentDocument>, group!.Part2);
        if (ConsentTexts.Missing(needed, request.Consents ?? []) is { Count: > 0 } missing)
        {
            return Reply.Refused(ConsentTexts.MissingProblem(missing));
        }

        var member = work.Caller.AccountId;
        var decision = await desk.DecideAsync(work, Points.Enrol, group, member, id);
        var step = SeatRules.AfterDecision(decision.Outcome);
        if (step == EnrolStep.Refuse)
        {
            // The seat stays reserved until its deadline: what changed may be put right.
            await work.AuditAsync("enrollment.refused", member, id, new { decision = decision.Id });
            return Reply.RefusedOnRecord(SeatRules.NotEligible(decision));
        }

        var intakeMissing = group.IntakeFirst && !await IntakeStore.DoneAsync(work, member, group.Practice);
        if (step == EnrolStep.HoldForOperator || intakeMissing)
        {
            await work.ExecuteAsync(
                """
                update enrollments set status = 'held', seat_held_until = null, offer_expires_at = null, decision_id = @decision, changed_at = @Now, version = version + 1 where id = @id
                """, new { id, decision = decision.Id, work.Now });
            await work.AuditAsync("enrollment.held", member, id, new { group.GroupId, decision = decision.Id });
            await WaitlistLog.WriteAsync(work, group.GroupId, id, member, WaitlistLog.Held, intakeMissing ? WaitlistLog.Intake : WaitlistLog.Unclear, decision.Id);
            await ledger.GiveBackAsync(work, group.GroupId);
            return Reply.Ok(await EnrollmentView.ReadAsync(work, id, decision));
        }

        foreach (var document in needed)
        {
            await work.ExecuteAsync(
                "insert into consents (enrollment_id, member_id, document, version, given_at) values (@id, @member, @Document, @Version, @Now) on conflict do nothing",
                new { id, member, document.Document, document.Version, work.Now });
        }

        var version = await work.FirstOrDefaultAsync<long>(
            """
            update enrollments set status = 'enrolled', seat_held_until = null, offer_expires_at = null, decision_id = @decision, changed_at = @Now, version = version + 1
            where id = @id returning version
            """, new { id, decision = decision.Id, work.Now });
        await work.AuditAsync("enrollment.confirmed", member, id, new { group.GroupId, consents = needed.Select(n => $"{n.Document} {n.Version}"), decision = decision.Id });
        if (stay.Status == SeatStates.Offered)
        {
            await WaitlistLog.WriteAsync(work, group.GroupId, id, member, WaitlistLog.Confirmed, decisionId: decision.Id);
        }

        await work.PublishAsync(new EnrollmentConfirmed(id, group.GroupId, member, version, work.Now));
        await PermitSql.LookAgainAsync(work, id, work.Now);
        return Reply.Ok(await EnrollmentView.ReadAsync(work, id, decision));
    }

    private sealed record Row(Guid GroupId, string Status, DateTimeOffset? Deadline);
}
