using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Enrollment.Decisions;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Enrollment.Members;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using Npgsql;

namespace GroupTherapy.Enrollment.Seats;

/// <summary>A member asks for a seat. The law and the practice's policy are asked first, then the seat; decision, seat, record and event commit together.</summary>
internal static class EnrolMember
{
    public sealed record Request(Guid? GroupId = null);

    public static void MapEnrolMember(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/enrollments", HandleAsync).For(Roles.Member).Produces<EnrollmentView>(201);

    private static async Task<IResult> HandleAsync(Request request, HttpContext http, Writes writes, Caller caller, DecisionDesk desk, SeatLedger ledger, Times times)
    {
        if (request.GroupId is not { } groupId)
        {
            return Problem.Invalid("groupId", "This is needed.");
        }

        try
        {
            return await writes.RunAsync(http, caller, request, work => EnrolAsync(work, groupId, desk, ledger, times));
        }
        catch (PostgresException e) when (e.ConstraintName == "one_live_seat_per_member")
        {
            return SeatRules.AlreadyEnrolled;
        }
    }

    private static async Task<Reply> EnrolAsync(UnitOfWork work, Guid groupId, DecisionDesk desk, SeatLedger ledger, Times times)
    {
        var member = work.Caller.AccountId;

        // One person's own requests follow one another; other people's are not held up.
        await work.ExecuteAsync("select pg_advisory_xact_lock(hashtextextended(@member::text, 1))", new { member });
        if (await SeatGroup.FindAsync(work, groupId) is not { } group)
        {
            return Reply.Refused(Problem.NotYetKnown());
        }

        if (group.Closed)
        {
            return Reply.Refused(SeatRules.GroupClosed);
        }

        if (await work.FirstOrDefaultAsync<bool>("select exists (select 1 from enrollments where group_id = @groupId and member_id = @member and status <> 'ended')", new { groupId, member }))
        {
            return Reply.Refused(SeatRules.AlreadyEnrolled);
        }

        if (await work.FirstOrDefaultAsync<int>("select count(*)::int from enrollments where member_id = @member and status in ('reserved', 'offered')", new { member }) >= SeatRules.UnconfirmedAtMost)
        {
            return Reply.Refused(SeatRules.TooManyUnconfirmed);
        }

        var id = work.NewId();
        var decision = await desk.DecideAsync(work, Points.SeatHold, group, member, id);
        var step = SeatRules.AfterDecision(decision.Outcome);
        if (step == EnrolStep.Refuse)
        {
            await work.AuditAsync("enrollment.refused", member, group.GroupId, new { decision = decision.Id });
            return Reply.RefusedOnRecord(SeatRules.NotEligible(decision));
        }

        var intakeMissing = group.IntakeFirst && !await Intakes.DoneAsync(work, member, group.Practice);
        var status = step == EnrolStep.HoldForOperator || intakeMissing ? SeatStates.Held
            : await SeatLedger.TakeAsync(work, group.GroupId) ? SeatStates.Reserved
            : SeatStates.Waitlisted;
        if (status != SeatStates.Reserved && !await SeatLedger.LineIsOpenAsync(work, group.GroupId))
        {
            return Reply.Refused(SeatRules.GroupClosed);
        }

        DateTimeOffset? until = status == SeatStates.Reserved ? work.Now + times.SeatHold : null;
        await work.ExecuteAsync(
            """
            insert into enrollments (id, group_id, member_id, status, seat_held_until, decision_id, created_at, changed_at)
            values (@id, @GroupId, @member, @status, @until, @decision, @Now, @Now)
            """, new { id, group.GroupId, member, status, until, decision = decision.Id, work.Now });
        await work.AuditAsync($"enrollment.{status}", member, id, new { group.GroupId, until, decision = decision.Id });
        if (status == SeatStates.Reserved)
        {
            await work.PublishAsync(new SeatReserved(id, group.GroupId, member, until!.Value, 1, work.Now));
            await ledger.TellSeatsAsync(work, group.GroupId);
        }
        else
        {
            var held = status == SeatStates.Held;
            var why = !held ? null : intakeMissing ? WaitlistLog.Intake : WaitlistLog.Unclear;
            await WaitlistLog.WriteAsync(work, group.GroupId, id, member, held ? WaitlistLog.Held : WaitlistLog.Joined, why, decision.Id);
        }

        return Reply.Created($"/api/enrollments/{id}", await EnrollmentView.ReadAsync(work, id, decision));
    }
}
