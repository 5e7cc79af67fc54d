using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Room.V1;
using GroupTherapy.Scheduling.Consumers;
using Npgsql;
using Xunit;

namespace GroupTherapy.Scheduling.Tests;

public sealed class BusyFacilitators(SchedulingWorld world) : IClassFixture<SchedulingWorld>
{
    [Fact]
    public async Task A_facilitator_who_is_busy_then_is_refused_with_the_clash_by_name()
    {
        var ana = await world.FacilitatorAsync();
        var first = await world.GroupIdAsync(SchedulingWorld.Request(ana));
        var before = await world.FingerprintAsync();

        using var answer = await OpenAsync(SchedulingWorld.Request(ana, "2026-01-13", "18:30", "America/New_York", weeks: 1));

        var problem = await SchedulingWorld.ProblemAsync(answer, HttpStatusCode.Conflict, "facilitator-busy");
        Assert.Equal(
            ("Calmer Evenings", first, ana),
            ((string?)problem["clash"]!["groupName"], (Guid)problem["clash"]!["groupId"]!, (Guid)problem["clash"]!["facilitatorId"]!)
        );
        Assert.Equal("2026-01-14T00:00:00Z", (string?)problem["clash"]!["startsAt"]);
        Assert.Contains("Calmer Evenings", (string?)problem["detail"], StringComparison.Ordinal);
        Assert.Equal(before, await world.FingerprintAsync());
    }

    [Fact]
    public async Task A_practice_cannot_book_the_facilitator_of_another()
    {
        var (theirs, ours) = (await world.FacilitatorAsync("Cara", "chicago"), await world.FacilitatorAsync());
        foreach (var (lead, co, field) in new[] { (theirs, ours, "facilitatorId"), (ours, theirs, "coFacilitatorIds") })
        {
            var request = SchedulingWorld.Request(lead);
            request["coFacilitatorIds"] = new JsonArray(co);
            using var answer = await OpenAsync(request);
            var problem = await SchedulingWorld.ProblemAsync(answer, HttpStatusCode.BadRequest, "validation");
            Assert.Equal("There is no such facilitator, or not yet.", (string?)problem["errors"]![field]![0]);
        }
    }

    [Theory]
    [InlineData(8, "18:30")]
    [InlineData(1, "19:00")]
    public async Task A_clash_with_another_practices_group_is_told_without_its_name(int weeks, string localTime)
    {
        var both = await world.FacilitatorAsync("Dee", "grouport", "chicago");
        var elsewhere = SchedulingWorld.Request(both, weeks: weeks);
        (elsewhere["practice"], elsewhere["name"]) = ("chicago", "Sober Tuesdays");
        await world.GroupIdAsync(elsewhere);

        using var answer = await OpenAsync(SchedulingWorld.Request(both, localTime: localTime));

        var problem = await SchedulingWorld.ProblemAsync(answer, HttpStatusCode.Conflict, "facilitator-busy");
        Assert.Equal(["endsAt", "facilitatorId", "startsAt"], problem["clash"]!.AsObject().Select(p => p.Key).Order());
        Assert.DoesNotContain("Sober", problem.ToJsonString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("18:00", 60, true)]
    [InlineData("20:00", 60, true)]
    [InlineData("18:00", 61, false)]
    [InlineData("19:59", 60, false)]
    [InlineData("19:15", 15, false)]
    public async Task Sessions_may_touch_but_not_overlap(string localTime, int minutes, bool free)
    {
        var ana = await world.FacilitatorAsync();
        await world.GroupIdAsync(SchedulingWorld.Request(ana));
        using var answer = await OpenAsync(SchedulingWorld.Request(ana, "2026-01-06", localTime, duration: minutes));
        Assert.Equal(free ? HttpStatusCode.Created : HttpStatusCode.Conflict, answer.StatusCode);
    }

    [Fact]
    public async Task A_facilitator_of_an_extended_session_is_busy_until_its_new_end()
    {
        var ana = await world.FacilitatorAsync();
        var group = await world.GroupIdAsync(SchedulingWorld.Request(ana));
        var session = (await world.SessionsAsync(group))[0]!;
        var end = SchedulingWorld.At(session["endsAt"]);
        await SchedulingWorld.DeliverAsync(
            new ExtendBookingWhenSessionExtended(world.Db),
            new SessionExtended((Guid)session["id"]!, group, end.AddMinutes(20), 3, world.Clock.Now)
        );
        using var within = await OpenAsync(SchedulingWorld.Request(ana, "2026-01-06", "20:15", weeks: 1));
        await SchedulingWorld.ProblemAsync(within, HttpStatusCode.Conflict, "facilitator-busy");
        using var after = await OpenAsync(SchedulingWorld.Request(ana, "2026-01-06", "20:20", weeks: 1));
        Assert.Equal(HttpStatusCode.Created, after.StatusCode);

        // Extended once more, into a session that was booked meanwhile: both stay, and operators see it.
        await SchedulingWorld.DeliverAsync(
            new ExtendBookingWhenSessionExtended(world.Db),
            new SessionExtended((Guid)session["id"]!, group, end.AddMinutes(40), 3, world.Clock.Now)
        );
        Assert.Contains("session.double-booked", await world.ActsAsync((Guid)session["id"]!));
    }

    [Fact]
    public async Task A_co_facilitator_is_busy_too_and_another_facilitator_is_not()
    {
        var (ana, ben, cara) = (await world.FacilitatorAsync(), await world.FacilitatorAsync("Ben"), await world.FacilitatorAsync("Cara"));
        var first = SchedulingWorld.Request(ana);
        first["coFacilitatorIds"] = new JsonArray(ben);
        await world.GroupIdAsync(first);
        using var asLead = await OpenAsync(SchedulingWorld.Request(ben));
        Assert.Equal(ben, (Guid)(await SchedulingWorld.ProblemAsync(asLead, HttpStatusCode.Conflict, "facilitator-busy"))["clash"]!["facilitatorId"]!);
        var second = SchedulingWorld.Request(cara);
        second["coFacilitatorIds"] = new JsonArray(ana);
        using var asCo = await OpenAsync(second);
        await SchedulingWorld.ProblemAsync(asCo, HttpStatusCode.Conflict, "facilitator-busy");
        await world.GroupIdAsync(SchedulingWorld.Request(cara));
    }

    [Fact]
    public async Task A_facilitator_is_busy_in_weeks_that_have_no_sessions_yet_too()
    {
        var ana = await world.FacilitatorAsync();
        await world.GroupIdAsync(SchedulingWorld.Request(ana, weeks: null));
        // A year ahead, far beyond the horizon.
        using var answer = await OpenAsync(SchedulingWorld.Request(ana, "2027-01-05", weeks: 1));
        await SchedulingWorld.ProblemAsync(answer, HttpStatusCode.Conflict, "facilitator-busy");

        var ben = await world.FacilitatorAsync("Ben");
        await world.GroupIdAsync(SchedulingWorld.Request(ben, "2027-01-05", weeks: 1));
        using var series = await OpenAsync(SchedulingWorld.Request(ben, weeks: null));
        await SchedulingWorld.ProblemAsync(series, HttpStatusCode.Conflict, "facilitator-busy");
    }

    [Fact]
    public async Task Of_twenty_requests_at_once_for_the_same_facilitator_and_time_one_succeeds()
    {
        var (ana, ben) = (await world.FacilitatorAsync(), await world.FacilitatorAsync("Ben"));
        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(async i =>
                {
                    // Half name them the other way round: locks taken in the order of naming would wait for each other.
                    var request = SchedulingWorld.Request(i % 2 == 0 ? ana : ben, weeks: i % 3 == 0 ? null : 4);
                    request["coFacilitatorIds"] = new JsonArray(i % 2 == 0 ? ben : ana);
                    using var answer = await OpenAsync(request);
                    return answer.StatusCode;
                })
        );
        Assert.Equal(1, answers.Count(s => s == HttpStatusCode.Created));
        Assert.Equal(19, answers.Count(s => s == HttpStatusCode.Conflict));
        Assert.Equal(
            1,
            await world.Db.FirstOrDefaultAsync<int>(
                "select count(*)::int from groups where lead_facilitator_id = @ana or lead_facilitator_id = @ben",
                new { ana, ben }
            )
        );
    }

    [Fact]
    public async Task The_database_itself_refuses_two_bookings_of_one_person_at_one_time()
    {
        var ana = await world.FacilitatorAsync();
        var sessions = await world.SessionsAsync(await world.GroupIdAsync(SchedulingWorld.Request(ana, weeks: 2)));
        var refused = await Assert.ThrowsAsync<PostgresException>(() =>
            world.Db.QueryAsync<int>(
                "update bookings set during = (select during from bookings where session_id = @other) where session_id = @one",
                new { one = (Guid)sessions[0]!["id"]!, other = (Guid)sessions[1]!["id"]! }
            )
        );
        Assert.Equal("one_session_at_a_time", refused.ConstraintName);
    }

    [Fact]
    public async Task A_cancelled_session_and_one_that_has_ended_leave_the_facilitator_free()
    {
        var ana = await world.FacilitatorAsync();
        var id = await world.GroupIdAsync(SchedulingWorld.Request(ana, weeks: 2));
        var sessions = await world.SessionsAsync(id);
        using var client = world.AsOperator();
        using var cancelled = await client.PostAsync($"/api/sessions/{sessions[0]!["id"]}/cancel", SchedulingWorld.Json("""{"reason":"Snow"}"""));
        Assert.Equal(HttpStatusCode.OK, cancelled.StatusCode);
        await SchedulingWorld.DeliverAsync(
            new EndSessionWhenSessionEnded(world.Db),
            new SessionEnded((Guid)sessions[1]!["id"]!, id, world.Clock.Now, world.Clock.Now, "ended", [], 4)
        );
        await world.GroupIdAsync(SchedulingWorld.Request(ana, weeks: 2));
    }

    [Fact]
    public async Task A_due_session_is_created_although_its_facilitator_is_busy_and_the_double_booking_is_audited()
    {
        var ana = await world.FacilitatorAsync();
        var id = await world.GroupIdAsync(SchedulingWorld.Request(ana, weeks: null));
        var other = await world.GroupIdAsync(SchedulingWorld.Request(ana, "2026-01-21", weeks: 1));
        // As if two plans had passed each other unseen: the other session now lies on a Tuesday that has no row yet.
        await world.Db.QueryAsync<int>(
            """
            update bookings set during = tstzrange('2026-04-07 23:00Z', '2026-04-08 00:00Z')
            where session_id in (select id from sessions where group_id = @other)
            """,
            new { other }
        );
        try
        {
            await world.MoveClockAsync(SchedulingWorld.Start.AddDays(14));
            var made = (await world.SessionsAsync(id)).Single(s => (string?)s!["startsAt"] == "2026-04-07T23:00:00Z");
            Assert.Equal(["session.double-booked", "session.scheduled"], await world.ActsAsync((Guid)made!["id"]!));
        }
        finally
        {
            await world.TurnBackAsync();
        }
    }

    private async Task<HttpResponseMessage> OpenAsync(JsonObject request)
    {
        using var client = world.AsOperator();
        return await client.PostAsJsonAsync("/api/groups", request);
    }
}
