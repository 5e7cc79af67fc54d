using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Contracts.Room.V1;
using GroupTherapy.Scheduling.Consumers;
using Xunit;

namespace GroupTherapy.Scheduling.Tests;

public sealed class RunningSessions(SchedulingWorld world) : IClassFixture<SchedulingWorld>
{
    [Fact]
    public async Task A_cancelled_session_stays_in_the_list_and_is_published_once()
    {
        var (id, sessions) = await GroupAsync();
        using var first = await PostAsync(sessions[1], "cancel", """{"reason":"The heating is out"}""");
        Assert.Equal((HttpStatusCode.OK, "cancelled"), (first.StatusCode, (string?)(await first.Content.ReadFromJsonAsync<JsonObject>())!["status"]));
        var told = (await world.OutboxAsync(id))[^1];
        Assert.Equal(("session-cancelled", true, 2), (told.Urn, (bool)told.Body["session"]!["cancelled"]!, (int)told.Body["session"]!["version"]!));
        Assert.DoesNotContain("heating", told.Body.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(["session.cancelled", "session.scheduled"], await world.ActsAsync(sessions[1]));

        var before = await world.FingerprintAsync();
        using var again = await PostAsync(sessions[1], "cancel", """{"reason":"Still out"}""");
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal(before, await world.FingerprintAsync());
        Assert.Equal(["scheduled", "cancelled", "scheduled", "scheduled"], (await world.SessionsAsync(id)).Select(s => (string?)s!["status"]));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"reason":" "}""")]
    [InlineData("""{"reason":null}""")]
    [InlineData("""{"reason":"x","why":"y"}""")]
    public async Task A_cancellation_says_why(string body)
    {
        var (_, sessions) = await GroupAsync();
        var before = await world.FingerprintAsync();
        using var answer = await PostAsync(sessions[0], "cancel", body);
        await SchedulingWorld.ProblemAsync(answer, HttpStatusCode.BadRequest, "validation");
        Assert.Equal(before, await world.FingerprintAsync());
    }

    [Fact]
    public async Task A_moved_session_keeps_its_length_and_its_place_in_the_series_and_moves_the_end_of_the_last()
    {
        var (id, sessions) = await GroupAsync();
        using var answer = await PostAsync(sessions[3], "reschedule", """{"startsAt":"2026-01-29T18:00:00-05:00"}""");
        var moved = (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
        Assert.Equal(("2026-01-29T23:00:00Z", "2026-01-30T00:00:00Z", "18:00", "2026-01-29"), (
            (string?)moved["startsAt"], (string?)moved["endsAt"], (string?)moved["localStart"], (string?)moved["localDate"]));
        var told = (await world.OutboxAsync(id)).Skip(5).ToList();
        Assert.Equal(["session-rescheduled", "group-changed"], told.Select(m => m.Urn));
        Assert.Equal(2, (int)told[0].Body["session"]!["version"]!);
        Assert.Equal(new DateTimeOffset(2026, 1, 30, 0, 0, 0, TimeSpan.Zero), SchedulingWorld.At(told[1].Body["group"]!["seriesEndsAt"]));
        Assert.Equal(["session.rescheduled", "session.scheduled"], await world.ActsAsync(sessions[3]));
    }

    [Theory]
    [InlineData("\"2026-01-05T11:59:59Z\"")]
    [InlineData("\"2026-01-20T19:00:00\"")]
    [InlineData("\"tomorrow\"")]
    [InlineData("\"2027-12-01T00:00:00Z\"")]
    [InlineData("17")]
    [InlineData("null")]
    public async Task R46_a_session_is_not_moved_into_the_past_too_far_ahead_or_to_no_instant(string startsAt)
    {
        var (_, sessions) = await GroupAsync();
        var before = await world.FingerprintAsync();
        using var answer = await PostAsync(sessions[0], "reschedule", $$"""{"startsAt":{{startsAt}}}""");
        Assert.NotNull((await SchedulingWorld.ProblemAsync(answer, HttpStatusCode.BadRequest, "validation"))["errors"]!["startsAt"]);
        Assert.Equal(before, await world.FingerprintAsync());
    }

    // 02:30 is skipped by the clocks of New York that night; the instants exist all the same.
    [Theory]
    [InlineData("2026-03-08T02:30:00+01:00", "2026-03-08T01:30:00Z")]
    [InlineData("2026-03-08T02:30:00-05:00", "2026-03-08T07:30:00Z")]
    public async Task A_new_start_with_any_offset_means_that_instant(string startsAt, string instant)
    {
        var (_, sessions) = await GroupAsync();
        using var answer = await PostAsync(sessions[0], "reschedule", $$"""{"startsAt":"{{startsAt}}"}""");
        Assert.Equal((HttpStatusCode.OK, instant), (answer.StatusCode, (string?)(await answer.Content.ReadFromJsonAsync<JsonObject>())!["startsAt"]));
    }

    [Fact]
    public async Task A_session_whose_lobby_has_opened_is_not_moved_although_its_room_has_reported_nothing_yet()
    {
        var (_, sessions) = await GroupAsync();
        var start = SchedulingWorld.At((await SessionAsync(sessions[0]))["startsAt"]);
        try
        {
            world.Clock.Now = start.AddSeconds(-900);
            var before = await world.FingerprintAsync();
            using var late = await PostAsync(sessions[0], "reschedule", """{"startsAt":"2026-01-20T00:00:00Z"}""");
            await SchedulingWorld.ProblemAsync(late, HttpStatusCode.Conflict, "session-running");
            Assert.Equal(before, await world.FingerprintAsync());

            world.Clock.Now = start.AddSeconds(-901);
            using var inTime = await PostAsync(sessions[0], "reschedule", """{"startsAt":"2026-01-20T01:00:00Z"}""");
            Assert.Equal(HttpStatusCode.OK, inTime.StatusCode);
        }
        finally
        {
            await world.TurnBackAsync();
        }
    }

    [Fact]
    public async Task A_lobby_that_opened_while_the_move_was_accepted_shows_as_closed_again_and_the_session_can_be_moved_again()
    {
        var (id, sessions) = await GroupAsync();
        await PhaseAsync(id, sessions[0], "open", 1);
        using var moved = await PostAsync(sessions[0], "reschedule", """{"startsAt":"2026-01-09T00:00:00Z"}""");
        Assert.Equal((HttpStatusCode.OK, "scheduled"), (moved.StatusCode, (string?)(await moved.Content.ReadFromJsonAsync<JsonObject>())!["status"]));

        await PhaseAsync(id, sessions[1], "open", 1);
        await PhaseAsync(id, sessions[1], "scheduled", 2);
        await PhaseAsync(id, sessions[1], "open", 1);
        Assert.Equal("scheduled", (string?)(await SessionAsync(sessions[1]))["status"]);
    }

    [Fact]
    public async Task A_moved_session_books_a_facilitator_who_was_booked_twice_before()
    {
        var (_, sessions) = await GroupAsync();
        await world.Db.QueryAsync<int>("delete from bookings where session_id = @id", new { id = sessions[0] });
        using var answer = await PostAsync(sessions[0], "reschedule", """{"startsAt":"2026-01-09T00:00:00Z"}""");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(1, await world.Db.FirstOrDefaultAsync<int>("select count(*)::int from bookings where session_id = @id", new { id = sessions[0] }));
    }

    [Theory]
    [InlineData("\\u0000")]
    [InlineData("no\\u0000heating")]
    [InlineData("\\ud800")]
    [InlineData("\\uffff")]
    [InlineData("\\u202e")]
    public async Task A_reason_with_a_character_that_cannot_be_stored_is_refused_by_field(string reason)
    {
        var (_, sessions) = await GroupAsync();
        using var answer = await PostAsync(sessions[0], "cancel", $$"""{"reason":"{{reason}}"}""");
        Assert.NotNull((await SchedulingWorld.ProblemAsync(answer, HttpStatusCode.BadRequest, "validation"))["errors"]!["reason"]);
    }

    [Fact]
    public async Task R46_a_session_is_not_moved_onto_another_of_its_facilitator()
    {
        var (_, sessions) = await GroupAsync();
        var before = await world.FingerprintAsync();
        using var onto = await PostAsync(sessions[0], "reschedule", """{"startsAt":"2026-01-14T00:30:00Z"}""");
        await SchedulingWorld.ProblemAsync(onto, HttpStatusCode.Conflict, "facilitator-busy");
        Assert.Equal(before, await world.FingerprintAsync());

        // Onto its own old time, half an hour later, is no clash with anybody.
        using var later = await PostAsync(sessions[0], "reschedule", """{"startsAt":"2026-01-07T00:30:00Z"}""");
        Assert.Equal(HttpStatusCode.OK, later.StatusCode);
    }

    [Fact]
    public async Task What_is_cancelled_running_or_over_is_not_moved_and_what_is_over_is_not_cancelled()
    {
        var (id, sessions) = await GroupAsync();
        using var cancelled = await PostAsync(sessions[0], "cancel", """{"reason":"Snow"}""");
        await PhaseAsync(id, sessions[1], "live", 1);
        await EndAsync(id, sessions[2], 5);
        var before = await world.FingerprintAsync();
        foreach (var (session, act, code) in new[]
        {
            (sessions[0], "reschedule", "session-cancelled"), (sessions[1], "reschedule", "session-running"), (sessions[2], "reschedule", "session-over"), (
                sessions[2], "cancel", "session-over"),
        })
        {
            using var answer = await PostAsync(session, act, act == "cancel" ? """{"reason":"Snow"}""" : """{"startsAt":"2026-02-20T00:00:00Z"}""");
            await SchedulingWorld.ProblemAsync(answer, HttpStatusCode.Conflict, code);
        }

        Assert.Equal(before, await world.FingerprintAsync());
    }

    [Fact]
    public async Task A_status_follows_the_room_and_never_goes_back_in_whatever_order_the_events_come()
    {
        var (id, sessions) = await GroupAsync();
        await PhaseAsync(id, sessions[0], "live", 2);
        await PhaseAsync(id, sessions[0], "open", 1);
        Assert.Equal("live", await StatusAsync(id, 0));
        await PhaseAsync(id, sessions[0], "held", 3);
        Assert.Equal("held", await StatusAsync(id, 0));
        await PhaseAsync(id, sessions[0], "live", 4);
        await PhaseAsync(id, sessions[0], "held", 3);
        Assert.Equal("live", await StatusAsync(id, 0));
        await EndAsync(id, sessions[0], 5);
        await PhaseAsync(id, sessions[0], "live", 6);
        await EndAsync(id, sessions[0], 5);
        Assert.Equal("ended", await StatusAsync(id, 0));
        Assert.Equal("scheduled", await StatusAsync(id, 1));

        // A report about a session that is not known is kept and harms nothing.
        await PhaseAsync(id, Guid.CreateVersion7(), "live", 1);
    }

    [Fact]
    public async Task Reports_at_the_same_moment_end_in_the_same_state()
    {
        var (id, sessions) = await GroupAsync();
        (string Phase, long Version)[] reports = [("open", 1), ("live", 2), ("held", 3), ("live", 4), ("held", 5)];
        await Task.WhenAll(reports.SelectMany(r => new[] { r, r }).OrderBy(r => r.Version % 3).Select(r => PhaseAsync(id, sessions[0], r.Phase, r.Version)));
        Assert.Equal("held", await StatusAsync(id, 0));
    }

    [Fact]
    public async Task A_member_sees_the_sessions_of_enrolled_groups_from_confirmation_to_end()
    {
        var member = Guid.CreateVersion7();
        var (id, _) = await GroupAsync();
        var (enrollment, confirm, end) = (
            Guid.CreateVersion7(), new AddEnrollmentWhenEnrollmentConfirmed(world.Db), new EndEnrollmentWhenEnrollmentEnded(world.Db));
        Assert.Empty(await MineAsync(member));

        var message = Guid.CreateVersion7();
        var confirmed = new EnrollmentConfirmed(enrollment, id, member, 2, world.Clock.Now);
        await SchedulingWorld.DeliverAsync(confirm, confirmed, message);
        await SchedulingWorld.DeliverAsync(confirm, confirmed, message);
        await SchedulingWorld.DeliverAsync(confirm, confirmed);
        var mine = await MineAsync(member);
        Assert.Equal(4, mine.Count);
        Assert.Equal(("member", "Calmer Evenings", "19:00"), ((string?)mine[0]!["role"], (string?)mine[0]!["groupName"], (string?)mine[0]!["localStart"]));
        Assert.Empty(await MineAsync(Guid.CreateVersion7()));
        Assert.Equal(2, (await MineAsync(member, "?from=2026-01-14T00:00:00Z&to=2026-01-22T00:00:00Z")).Count);
        Assert.Equal(2, (await MineAsync(member, "?from=2026-01-14&to=2026-01-22")).Count);

        await SchedulingWorld.DeliverAsync(end, new EnrollmentEnded(enrollment, id, member, "cancelled", 3, world.Clock.Now));
        await SchedulingWorld.DeliverAsync(confirm, confirmed);
        Assert.Empty(await MineAsync(member));
    }

    [Fact]
    [Trait("hostile", "B04")]
    public async Task An_end_that_overtakes_its_confirmation_wins()
    {
        var member = Guid.CreateVersion7();
        var (id, _) = await GroupAsync();
        var enrollment = Guid.CreateVersion7();
        await SchedulingWorld.DeliverAsync(
            new EndEnrollmentWhenEnrollmentEnded(world.Db), new EnrollmentEnded(enrollment, id, member, "cancelled", 3, world.Clock.Now));
        await SchedulingWorld.DeliverAsync(
            new AddEnrollmentWhenEnrollmentConfirmed(world.Db), new EnrollmentConfirmed(enrollment, id, member, 2, world.Clock.Now));
        Assert.Empty(await MineAsync(member));
    }

    [Fact]
    public async Task Facilitators_see_the_sessions_they_lead_and_help_to_lead()
    {
        var (ana, ben) = (await world.FacilitatorAsync(), await world.FacilitatorAsync("Ben"));
        var request = SchedulingWorld.Request(ana, weeks: 2);
        request["coFacilitatorIds"] = new JsonArray(ben);
        await world.GroupIdAsync(request);
        Assert.Equal(["lead", "lead"], (await MineAsync(ana)).Select(s => (string?)s!["role"]));
        Assert.Equal(["co_facilitator", "co_facilitator"], (await MineAsync(ben)).Select(s => (string?)s!["role"]));
    }

    [Fact]
    public async Task Sessions_come_in_pages_and_periods()
    {
        var (id, sessions) = await GroupAsync();
        using var client = world.AsOperator();
        var first = (await client.GetFromJsonAsync<JsonObject>($"/api/groups/{id}/sessions?limit=3"))!;
        var second = (await client.GetFromJsonAsync<JsonObject>($"/api/groups/{id}/sessions?limit=3&cursor={first["nextCursor"]}"))!;
        Assert.Equal(sessions, first["items"]!.AsArray().Concat(second["items"]!.AsArray()).Select(s => (Guid)s!["id"]!));
        Assert.Null(second["nextCursor"]);
        foreach (var bad in new[] { "from=yesterday", "to=2026-01-20T19:00:00", "from=2026-01-20&to=2026-01-20", "cursor=x" })
        {
            using var answer = await client.GetAsync($"/api/groups/{id}/sessions?{bad}");
            await SchedulingWorld.ProblemAsync(answer, HttpStatusCode.BadRequest, "validation");
        }
    }

    private async Task<(Guid Id, List<Guid> Sessions)> GroupAsync()
    {
        var id = await world.GroupIdAsync(SchedulingWorld.Request(await world.FacilitatorAsync(), weeks: 4));
        return (id, [.. (await world.SessionsAsync(id)).Select(s => (Guid)s!["id"]!)]);
    }

    [Fact]
    public async Task My_sessions_are_those_that_have_not_ended_soonest_first_unless_I_ask_for_a_period()
    {
        var member = Guid.CreateVersion7();
        var (id, sessions) = await GroupAsync();
        await SchedulingWorld.DeliverAsync(
            new AddEnrollmentWhenEnrollmentConfirmed(world.Db), new EnrollmentConfirmed(Guid.CreateVersion7(), id, member, 2, world.Clock.Now));
        await PhaseAsync(id, sessions[0], "live", 1);
        await EndAsync(id, sessions[1], 5);
        try
        {
            world.Clock.Now = new DateTimeOffset(2026, 1, 7, 1, 5, 0, TimeSpan.Zero);
            Assert.Equal([sessions[0], sessions[2], sessions[3]], (await MineAsync(member)).Select(s => (Guid)s!["id"]!));
            await EndAsync(id, sessions[0], 5);
            Assert.Equal([sessions[2], sessions[3]], (await MineAsync(member)).Select(s => (Guid)s!["id"]!));
            Assert.Equal(sessions, (await MineAsync(member, "?from=2026-01-01")).Select(s => (Guid)s!["id"]!));
        }
        finally
        {
            await world.TurnBackAsync();
        }
    }

    [Fact]
    public async Task A_cursor_of_another_group_or_period_is_refused()
    {
        var (one, _) = await GroupAsync();
        var (other, _) = await GroupAsync();
        using var client = world.AsOperator();
        var cursor = (string?)(await client.GetFromJsonAsync<JsonObject>($"/api/groups/{one}/sessions?limit=1"))!["nextCursor"];
        foreach (var list in new[] { $"/api/groups/{other}/sessions?", $"/api/groups/{one}/sessions?from=2026-01-01&", "/api/groups?", "/api/me/sessions?" })
        {
            using var answer = await client.GetAsync($"{list}cursor={cursor}");
            Assert.NotNull((await SchedulingWorld.ProblemAsync(answer, HttpStatusCode.BadRequest, "validation"))["errors"]!["cursor"]);
        }
    }

    private async Task<JsonObject> SessionAsync(Guid session)
    {
        var group = await world.Db.FirstOrDefaultAsync<Guid>("select group_id from sessions where id = @session", new { session });
        return (await world.SessionsAsync(group)).Single(s => (Guid)s!["id"]! == session)!.AsObject();
    }

    private async Task<HttpResponseMessage> PostAsync(Guid session, string act, string body)
    {
        using var client = world.AsOperator();
        return await client.PostAsync($"/api/sessions/{session}/{act}", SchedulingWorld.Json(body));
    }

    private async Task<JsonArray> MineAsync(Guid account, string query = "")
    {
        using var client = world.AsMember(account);
        return (await client.GetFromJsonAsync<JsonObject>($"/api/me/sessions{query}"))!["items"]!.AsArray();
    }

    private async Task<string?> StatusAsync(Guid group, int index) => (string?)(await world.SessionsAsync(group))[index]!["status"];

    private Task PhaseAsync(Guid group, Guid session, string phase, long version) =>
        SchedulingWorld.DeliverAsync(
            new UpdatePhaseWhenSessionPhaseChanged(world.Db), new SessionPhaseChanged(session, group, phase, version, world.Clock.Now));

    private Task EndAsync(Guid group, Guid session, long version) =>
        SchedulingWorld.DeliverAsync(
            new EndSessionWhenSessionEnded(world.Db), new SessionEnded(session, group, world.Clock.Now, world.Clock.Now, "ended", [], version));
}
