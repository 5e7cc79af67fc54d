using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Contracts.Identity.V1;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Room.Consumers;
using GroupTherapy.Tests.Support;
using Xunit;

namespace GroupTherapy.Room.Tests;

public sealed class ConsumersTests(TwoNodes nodes) : IClassFixture<TwoNodes>
{
    private RoomWorld World => nodes.World;

    [Fact]
    public async Task Plans_converge_in_any_order_and_twice()
    {
        var evening = await World.EveningAsync();
        var moved = evening.Plan with { StartsAt = evening.Plan.StartsAt.AddHours(3), EndsAt = evening.Plan.EndsAt.AddHours(3), Version = 3 };
        var substituted = evening.Plan with { LeadFacilitatorId = Guid.CreateVersion7(), Version = 2 };
        var id = Guid.CreateVersion7();
        await World.DeliverAsync<MoveRoomWhenSessionRescheduled, SessionRescheduled>(new(moved, World.Clock.GetUtcNow()), id);
        await World.DeliverAsync<MoveRoomWhenSessionRescheduled, SessionRescheduled>(new(moved, World.Clock.GetUtcNow()), id);
        await World.DeliverAsync<HandOverRoomWhenFacilitatorSubstituted, FacilitatorSubstituted>(new(substituted, World.Clock.GetUtcNow()));
        await World.DeliverAsync<PlanRoomWhenSessionScheduled, SessionScheduled>(new(evening.Plan, World.Clock.GetUtcNow()));
        Assert.Equal(3, await World.ReadAsync<long>("select plan_version from sessions where session_id = @id", new { id = evening.Session }));
        Assert.Equal(evening.Lead, await World.ReadAsync<Guid>(
            "select account_id from session_staff where session_id = @id and role = 'lead'", new { id = evening.Session }));
        Assert.Equal(moved.EndsAt.AddMinutes(15),
            await World.ReadAsync<DateTimeOffset>("select due_at from due_work where key = @id || '/end'", new { id = evening.Session.ToString() }));
    }

    [Fact]
    public async Task A_substitute_leads_from_now_on_and_the_previous_lead_does_not()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(1);
        var substitute = Guid.CreateVersion7();
        await World.DeliverAsync<HandOverRoomWhenFacilitatorSubstituted, FacilitatorSubstituted>(
            new(evening.Plan with { LeadFacilitatorId = substitute, Version = 2 }, World.Clock.GetUtcNow()), node: 1);
        await lead.IsEndedAsync("handed-over");
        Assert.Equal((403, "not-enrolled"), await evening.RefusedAsync(evening.Lead));
        evening.Replan(evening.Plan with { LeadFacilitatorId = substitute, Version = 2 });
        await using var now = await evening.EnterAsync(substitute, World.B);
        await now.PostAsync("I take over");
        await members[0].ReadsAsync("room", "I take over");
    }

    [Fact]
    public async Task A_cancelled_session_admits_no_participant_and_one_that_runs_ends()
    {
        var (planned, running) = (await World.EveningAsync(startsIn: TimeSpan.FromHours(5)), await World.EveningAsync());
        var (lead, _) = await running.LiveAsync(1);
        foreach (var evening in new[] { planned, running })
        {
            await World.DeliverAsync<CancelRoomWhenSessionCancelled, SessionCancelled>(
                new(evening.Plan with { Cancelled = true, Version = 2 }, World.Clock.GetUtcNow()));
        }

        await lead.IsEndedAsync("session-ended");
        Assert.Equal((409, "room-ended"), await planned.RefusedAsync(planned.Lead));
        Assert.Equal(0, await World.ReadAsync<long>(
            "select count(*) from due_work where key in (@id || '/lobby', @id || '/end')", new { id = planned.Session.ToString() }));
    }

    [Fact]
    public async Task A_permit_may_come_before_its_session_and_a_late_older_one_changes_nothing()
    {
        var evening = await World.EveningAsync();
        var member = Guid.CreateVersion7();
        var other = new Evening(World, evening.Plan with { SessionId = Guid.CreateVersion7() });
        await other.PermitAsync(member, 2);
        await other.PermitAsync(member, 1, florida: "deny");
        await other.PermitAsync(member, 2, florida: "deny");
        await World.DeliverAsync<PlanRoomWhenSessionScheduled, SessionScheduled>(new(other.Plan, World.Clock.GetUtcNow()));
        await other.TicketAsync(member);
        await other.PermitAsync(member, 3, withdrawn: true);
        await other.PermitAsync(member, 2);
        Assert.Equal((403, "not-enrolled"), await other.RefusedAsync(member));
    }

    [Fact]
    public async Task A_member_who_is_enrolled_again_is_let_in_by_the_newer_enrollment()
    {
        var evening = await World.EveningAsync();
        var member = await evening.MemberAsync();
        await evening.PermitAsync(member, 9, withdrawn: true);
        await World.DeliverAsync<ApplyPermitWhenPermitChanged, PermitChanged>(
            evening.Permit(member, 1) with { EnrollmentId = Guid.CreateVersion7(), PermitId = Guid.CreateVersion7() });
        await evening.TicketAsync(member);
    }

    [Fact]
    public async Task An_ended_enrolment_counts_at_once_whatever_its_permits_say()
    {
        var evening = await World.EveningAsync();
        var member = await evening.MemberAsync();
        var now = World.Clock.GetUtcNow();
        await World.DeliverAsync<ForgetMemberWhenEnrollmentEnded, EnrollmentEnded>(new(member, evening.Plan.GroupId, member, "cancelled", 5, now));
        await World.DeliverAsync<ExpectMemberWhenEnrollmentConfirmed, EnrollmentConfirmed>(new(member, evening.Plan.GroupId, member, 4, now));
        Assert.Equal((403, "not-enrolled"), await evening.RefusedAsync(member));
    }

    [Fact]
    public async Task An_expected_member_who_never_came_is_in_the_attendance()
    {
        var evening = await World.EveningAsync();
        var (lead, _) = await evening.LiveAsync(1);
        var (absent, enrolled) = (await evening.MemberAsync(), Guid.CreateVersion7());
        await World.DeliverAsync<ExpectMemberWhenEnrollmentConfirmed, EnrollmentConfirmed>(
            new(Guid.CreateVersion7(), evening.Plan.GroupId, enrolled, 1, World.Clock.GetUtcNow()));
        await lead.CallAsync("End", new { reason = "done" });
        var attendance = await World.ReadAsync<string>(
            "select string_agg(r->>'memberId' || '=' || (r->>'status'), ' ') from outbox o, json_array_elements(o.body->'attendance') r where o.urn like "
                + "'%session-ended%' and o.body->>'sessionId' = @id",
            new { id = evening.Session.ToString() });
        Assert.Contains($"{absent}=no_show", attendance, StringComparison.Ordinal);
        Assert.Contains($"{enrolled}=no_show", attendance, StringComparison.Ordinal);
        Assert.Contains($"{evening.Members[0]}=present", attendance, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_older_set_of_roles_changes_nothing()
    {
        var account = Guid.CreateVersion7();
        await World.DeliverAsync<CloseConnectionsWhenRolesChanged, RolesChanged>(new(account, ["facilitator"], [], 5, World.Clock.GetUtcNow()));
        await World.DeliverAsync<CloseConnectionsWhenRolesChanged, RolesChanged>(new(account, ["member"], [], 4, World.Clock.GetUtcNow()));
        Assert.Equal("facilitator", await World.ReadAsync<string>(
            "select array_to_string(roles, ' ') from account_roles where account_id = @account", new { account }));
    }
}
