using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Enrollment.Consumers;
using GroupTherapy.Tests.Support;
using static GroupTherapy.Enrollment.Tests.EnrollmentWorld;
using static GroupTherapy.Enrollment.Tests.Seats.SeatWorld;

namespace GroupTherapy.Enrollment.Tests.Seats;

public sealed class WaitlistTests(EnrollmentWorld world) : IClassFixture<EnrollmentWorld>
{
    [Fact]
    public async Task The_waitlist_log_names_each_member_passed_over_with_time_and_decision()
    {
        var group = await world.GroupAsync(1);
        var (_, seated) = await world.MemberInAsync("FL");
        var (movedId, moved) = await world.MemberInAsync("NY");
        var (_, next) = await world.MemberInAsync("NJ");
        var (_, last) = await world.MemberInAsync("FL");
        var reservation = (await EnrolAsync(seated, group)).Body;
        var first = (await EnrolAsync(moved, group)).Body;
        var second = (await EnrolAsync(next, group)).Body;
        var third = (await EnrolAsync(last, group)).Body;
        await MoveAsync(moved, "TX");
        await CancelAsync(seated, reservation);
        await ConfirmAsync(next, second);

        var page = (await world.Operator.GetFromJsonAsync<JsonNode>($"/api/groups/{group}/waitlist"))!;

        Assert.Equal(
            [((Guid)first["id"]!, 1, false), ((Guid)third["id"]!, 2, true)],
            page["line"]!.AsArray().Select(w => ((Guid)w!["enrollmentId"]!, (int)w["position"]!, (bool)w["eligible"]!))
        );
        Assert.True((DateTimeOffset)page["line"]![0]!["passedUntil"]! > world.Clock.GetUtcNow());
        Assert.Null(page["line"]![1]!["passedUntil"]);
        Assert.Equal(
            [
                ("joined", null, (Guid)first["id"]!),
                ("joined", null, (Guid)second["id"]!),
                ("joined", null, (Guid)third["id"]!),
                ("passed-over", "not-eligible", (Guid)first["id"]!),
                ("offered", null, (Guid)second["id"]!),
                ("confirmed", null, (Guid)second["id"]!),
            ],
            await world.LogAsync(group)
        );
        var step = page["log"]!.AsArray().Single(s => (string)s!["what"]! == "passed-over")!;
        var decision = await world.Operator.GetFromJsonAsync<JsonNode>($"/api/licensing/decisions/{step["decisionId"]}");
        Assert.Equal(movedId, (Guid)decision!["memberId"]!);
        Assert.Contains("PROMOTION_SKIPPED_INELIGIBLE", Codes(decision["decision"]!));
        Assert.Equal(2, (int)(await MineAsync(last, group))["waitlistPosition"]!);

        // A page of the log, and the doors.
        var newest = (await world.Operator.GetFromJsonAsync<JsonNode>($"/api/groups/{group}/waitlist?limit=2"))!;
        Assert.Equal(["confirmed", "offered"], newest["log"]!.AsArray().Select(s => (string)s!["what"]!));
        var older = (await world.Operator.GetFromJsonAsync<JsonNode>($"/api/groups/{group}/waitlist?limit=2&cursor={newest["nextCursor"]}"))!;
        Assert.Equal(["passed-over", "joined"], older["log"]!.AsArray().Select(s => (string)s!["what"]!));
        using var foreign = await world.Service.As(Guid.CreateVersion7(), ["operator"], ["chicago"]).GetAsync($"/api/groups/{group}/waitlist");
        using var member = await last.GetAsync($"/api/groups/{group}/waitlist");
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.Forbidden), (foreign.StatusCode, member.StatusCode));
        var refused = await Assert.ThrowsAsync<Npgsql.PostgresException>(async () =>
        {
            await using var source = Npgsql.NpgsqlDataSource.Create(world.Runtime);
            await source.CreateCommand("update waitlist_log set what = 'joined'").ExecuteNonQueryAsync();
        });
        Assert.Equal("42501", refused.SqlState);
    }

    [Fact]
    public async Task A_member_passed_over_is_offered_the_next_seat_from_the_old_position_once_eligible_again()
    {
        var group = await world.GroupAsync(1);
        var (_, seated) = await world.MemberInAsync("FL");
        var (_, moved) = await world.MemberInAsync("NY");
        var (_, behind) = await world.MemberInAsync("NY");
        var reservation = (await EnrolAsync(seated, group)).Body;
        await EnrolAsync(moved, group);
        await EnrolAsync(behind, group);
        await MoveAsync(moved, "TX");
        await CancelAsync(seated, reservation);
        var offer = await UntilStatusAsync(behind, group, "offered");

        await MoveAsync(moved, "NJ");
        Assert.Equal(1, (int)(await MineAsync(moved, group))["waitlistPosition"]!);
        await CancelAsync(behind, offer);

        await UntilStatusAsync(moved, group, "offered");
        Assert.Equal(1, await world.TakenAsync(group));
    }

    [Fact]
    public async Task A_member_with_two_unconfirmed_seats_is_skipped_and_keeps_the_waitlist_position()
    {
        var (wanted, one, two) = (await world.GroupAsync(1), await world.GroupAsync(3), await world.GroupAsync(3));
        var (_, seated) = await world.MemberInAsync("FL");
        var (_, busy) = await world.MemberInAsync("FL");
        var (_, behind) = await world.MemberInAsync("FL");
        var reservation = (await EnrolAsync(seated, wanted)).Body;
        var waiting = (await EnrolAsync(busy, wanted)).Body;
        await EnrolAsync(behind, wanted);
        var first = (await EnrolAsync(busy, one)).Body;
        await EnrolAsync(busy, two);
        var (third, refused) = await EnrolAsync(busy, await world.GroupAsync(3));
        Assert.Equal((HttpStatusCode.Conflict, "too-many-unconfirmed"), (third, (string)refused["code"]!));

        await CancelAsync(seated, reservation);

        var offer = await UntilStatusAsync(behind, wanted, "offered");
        Assert.Equal(1, (int)(await MineAsync(busy, wanted))["waitlistPosition"]!);
        Assert.Contains(("passed-over", "unconfirmed", (Guid)waiting["id"]!), await world.LogAsync(wanted));

        await ConfirmAsync(busy, first);
        await CancelAsync(behind, offer);
        await UntilStatusAsync(busy, wanted, "offered");
    }

    [Fact]
    public async Task Many_ineligible_members_do_not_keep_those_behind_them_from_their_seats()
    {
        var group = await world.GroupAsync(2);
        var other = await world.GroupAsync(1);
        var (_, seated) = await world.MemberInAsync("FL");
        var reservation = (await EnrolAsync(seated, other)).Body;
        var (_, elsewhere) = await world.MemberInAsync("FL");
        await EnrolAsync(elsewhere, other);
        var (a, b) = ((await world.MemberInAsync("FL")).Http, (await world.MemberInAsync("FL")).Http);
        var (seatA, seatB) = ((await EnrolAsync(a, group)).Body, (await EnrolAsync(b, group)).Body);
        foreach (var batch in Enumerable.Range(0, 60).Chunk(10))
        {
            await Task.WhenAll(
                batch.Select(async _ =>
                {
                    var (_, http) = await world.MemberInAsync("NY");
                    Assert.Equal("waitlisted", (string)(await EnrolAsync(http, group)).Body["status"]!);
                    await MoveAsync(http, "TX");
                })
            );
        }

        var (c, d) = ((await world.MemberInAsync("FL")).Http, (await world.MemberInAsync("FL")).Http);
        await EnrolAsync(c, group);
        await EnrolAsync(d, group);

        // Several seats at once, and a seat elsewhere at the same time.
        await Task.WhenAll(CancelAsync(a, seatA), CancelAsync(b, seatB), CancelAsync(seated, reservation));

        await Task.WhenAll(UntilStatusAsync(c, group, "offered"), UntilStatusAsync(d, group, "offered"), UntilStatusAsync(elsewhere, other, "offered"));
        Assert.Equal(2, await world.TakenAsync(group));
        Assert.Equal(
            60L,
            await world.AskAsync<long>(
                "select count(*) from waitlist_log where group_id = $1 and what = 'passed-over' and decision_id is not "
                    + "null and id in (select min(id) from waitlist_log where what = 'passed-over' group by enrollment_id)",
                group
            )
        );
    }

    [Fact]
    public async Task An_offer_that_runs_out_passes_on_and_the_log_says_so()
    {
        var group = await world.GroupAsync(1);
        var (_, seated) = await world.MemberInAsync("FL");
        var (_, first) = await world.MemberInAsync("FL");
        var (_, second) = await world.MemberInAsync("FL");
        var reservation = (await EnrolAsync(seated, group)).Body;
        var offered = (await EnrolAsync(first, group)).Body;
        await EnrolAsync(second, group);
        await CancelAsync(seated, reservation);
        await UntilStatusAsync(first, group, "offered");

        world.Clock.Advance(TimeSpan.FromHours(12));

        Assert.Equal("offer-expired", (string)(await UntilStatusAsync(first, group, "ended"))["endReason"]!);
        await UntilStatusAsync(second, group, "offered");
        Assert.Contains(("offer-expired", null, (Guid)offered["id"]!), await world.LogAsync(group));
    }

    [Fact]
    public async Task A_member_may_wait_in_several_groups_and_a_seat_in_one_leaves_the_other_waitlists_alone()
    {
        var (one, two) = (await world.GroupAsync(1), await world.GroupAsync(1));
        var (_, seatedOne) = await world.MemberInAsync("FL");
        var (_, seatedTwo) = await world.MemberInAsync("FL");
        var (_, http) = await world.MemberInAsync("FL");
        var reservation = (await EnrolAsync(seatedOne, one)).Body;
        await EnrolAsync(seatedTwo, two);
        var (inOne, inTwo) = ((await EnrolAsync(http, one)).Body, (await EnrolAsync(http, two)).Body);
        Assert.Equal((1, 1), ((int)inOne["waitlistPosition"]!, (int)inTwo["waitlistPosition"]!));

        await CancelAsync(seatedOne, reservation);
        await ConfirmAsync(http, await UntilStatusAsync(http, one, "offered"));

        Assert.Equal("enrolled", (string)(await MineAsync(http, one))["status"]!);
        Assert.Equal(("waitlisted", 1), ((string)(await MineAsync(http, two))["status"]!, (int)(await MineAsync(http, two))["waitlistPosition"]!));
    }

    [Fact]
    public async Task A_newcomer_does_not_overtake_the_waitlist_for_a_seat_that_is_free()
    {
        var group = await world.GroupAsync(1);
        var (_, seated) = await world.MemberInAsync("FL");
        var (waitingId, waiting) = await world.MemberInAsync("FL");
        var reservation = (await EnrolAsync(seated, group)).Body;
        await EnrolAsync(waiting, group);

        // The person at the head asks for something else at this very moment: the offer waits for them, and the seat is free meanwhile.
        await using (await world.HoldMemberAsync(waitingId))
        {
            await CancelAsync(seated, reservation);
            Assert.Equal(0, await world.TakenAsync(group));
            var (_, newcomer) = await world.MemberInAsync("FL");
            Assert.Equal(
                ("waitlisted", 2),
                ((string)(await EnrolAsync(newcomer, group)).Body["status"]!, (int)(await MineAsync(newcomer, group))["waitlistPosition"]!)
            );
        }

        await UntilStatusAsync(waiting, group, "offered");
    }

    [Fact]
    public async Task A_smaller_capacity_ends_no_enrollment_admits_no_member_and_keeps_offers()
    {
        var group = await world.GroupAsync(3);
        var members = new List<HttpClient>();
        for (var i = 0; i < 5; i++)
        {
            members.Add((await world.MemberInAsync("FL")).Http);
        }

        await EnrolledInAsync(members[0], group);
        await EnrolledInAsync(members[1], group);
        var leaving = (await EnrolAsync(members[2], group)).Body;
        await EnrolAsync(members[3], group);
        await EnrolAsync(members[4], group);
        await CancelAsync(members[2], leaving);
        var offer = await UntilStatusAsync(members[3], group, "offered");

        await world.ChangeAsync(world.Group(group, 1, version: 2));
        Assert.Equal(3, await world.TakenAsync(group));
        Assert.Equal(HttpStatusCode.OK, (await ConfirmAsync(members[3], offer)).Status);
        await CancelAsync(members[0], await MineAsync(members[0], group));
        await CancelAsync(members[1], await MineAsync(members[1], group));
        await world.QuietAsync();
        Assert.Equal("waitlisted", (string)(await MineAsync(members[4], group))["status"]!);
        Assert.Equal(1, await world.TakenAsync(group));

        await world.ChangeAsync(world.Group(group, 2, version: 3));
        Assert.Equal("offered", (string)(await MineAsync(members[4], group))["status"]!);
        Assert.Equal(2, await world.TakenAsync(group));
        Assert.Equal(2, (int)(await world.SentAsync("seats-changed", group))[^1]["taken"]!);
    }

    [Fact]
    public async Task Closing_a_group_ends_everything_in_it_with_its_events_and_offers_nothing()
    {
        var group = await world.GroupAsync(2);
        var members = new List<HttpClient>();
        for (var i = 0; i < 4; i++)
        {
            members.Add((await world.MemberInAsync("FL")).Http);
        }

        await EnrolledInAsync(members[0], group);
        var leaving = (await EnrolAsync(members[1], group)).Body;
        await EnrolAsync(members[2], group);
        await EnrolAsync(members[3], group);
        await CancelAsync(members[1], leaving);
        await UntilStatusAsync(members[2], group, "offered");
        var unknown = world.Service.As(Guid.CreateVersion7(), "member");
        Assert.Equal("held", (string)(await EnrolAsync(unknown, group)).Body["status"]!);

        await world.CloseAsync(group, 2, 2);

        foreach (var http in new[] { members[0], members[2], members[3], unknown })
        {
            var stay = await MineAsync(http, group);
            Assert.Equal(("ended", "group-closed"), ((string)stay["status"]!, (string)stay["endReason"]!));
        }

        Assert.Equal(0, await world.TakenAsync(group));
        Assert.Single(await world.SentAsync("enrollment-ended", group));
        Assert.Equal(4, (await world.SentAsync("seat-released", group)).Count);
        Assert.Single(await world.SentAsync("waitlist-offered", group));
        Assert.Equal(3, (await world.LogAsync(group)).Count(s => s is { What: "left", Code: "group-closed" }));
        var (status, problem) = await EnrolAsync(members[1], group);
        Assert.Equal((HttpStatusCode.Conflict, "group-closed"), (status, (string)problem["code"]!));
    }

    [Fact]
    public async Task When_the_last_session_has_ended_the_waitlist_ends_because_the_series_is_over()
    {
        var group = await world.GroupAsync(1);
        var (seated, waiting) = ((await world.MemberInAsync("FL")).Http, (await world.MemberInAsync("FL")).Http);
        await EnrolledInAsync(seated, group);
        Assert.Equal("waitlisted", (string)(await EnrolAsync(waiting, group)).Body["status"]!);

        var now = world.Clock.GetUtcNow();
        await world.DeliverAsync<EndEnrollmentsWhenGroupClosed, GroupClosed>(
            new GroupClosed(world.Group(group, 1, closed: true, version: 2) with { SeriesEndsAt = now }, now)
        );
        foreach (var http in new[] { seated, waiting })
        {
            var stay = await MineAsync(http, group);
            Assert.Equal(("ended", "series-over"), ((string)stay["status"]!, (string)stay["endReason"]!));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task Events_of_a_group_without_a_seat_are_set_aside_and_audited_and_the_next_version_counts(int seats)
    {
        var group = await world.GroupAsync(3);
        var (_, http) = await world.MemberInAsync("FL");
        await EnrolledInAsync(http, group);

        await world.ChangeAsync(world.Group(group, seats, version: 5));

        Assert.Equal(3, await world.AskAsync<int>("select capacity from seat_groups where group_id = $1", group));
        Assert.Equal("enrolled", (string)(await MineAsync(http, group))["status"]!);
        Assert.Equal(
            1L,
            await world.AskAsync<long>(
                "select count(*) from audit_entries where act = 'group.set-aside' and ref = $1 and data like '%capacity-impossible%'",
                group
            )
        );
        Assert.Equal("reserved", (string)(await EnrolAsync((await world.MemberInAsync("FL")).Http, group)).Body["status"]!);

        await world.ChangeAsync(world.Group(group, 4, version: 6));
        Assert.Equal(4, await world.AskAsync<int>("select capacity from seat_groups where group_id = $1", group));
    }
}
