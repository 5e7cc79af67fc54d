using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Contracts.Room.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Scheduling.Sessions;
using Xunit;

namespace GroupTherapy.Scheduling.Tests;

public sealed class RunningSessions(SchedulingWorld world) : IClassFixture<SchedulingWorld>
{
    [Fact]
    public async Task A_cancelled_session_stays_in_the_list_and_is_told_once()
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
        Assert.Equal(("2026-01-29T23:00:00Z", "2026-01-30T00:00:00Z", "18:00", "2026-01-29"), ((string?)moved["startsAt"], (string?)moved["endsAt"], (string?)moved["localStart"], (string?)moved["localDate"]));
        var told = (await world.OutboxAsync(id)).Skip(5).ToList();
        Assert.Equal(["session-rescheduled", "group-changed"], told.Select(m => m.Urn));
        Assert.Equal(2, (int)told[0].Body["session"]!["version"]!);
        Assert.Equal(new DateTimeOffset(2026, 1, 30, 0, 0, 0, TimeSpan.Zero), SchedulingWorld.At(told[1].Body["group"]!["seriesEndsAt"]));
        Assert.Equal(["session.rescheduled", "session.scheduled"], await world.ActsAsync(sessions[3]));
    }

    [Theory]
    [InlineData("\"2026-01-05T11:59:59Z\"")]
    [InlineData("\"2026-03-08T02:30:00-05:00\"")]
    [InlineData("\"2026-01-20T19:00:00\"")]
    [InlineData("\"tomorrow\"")]
    [InlineData("\"2027-12-01T00:00:00Z\"")]
    [InlineData("17")]
    [InlineData("null")]
    public async Task R46_a_session_is_not_moved_into_the_past_the_gap_or_nowhere(string startsAt)
    {
        var (_, sessions) = await GroupAsync();
        var before = await world.FingerprintAsync();
        using var answer = await PostAsync(sessions[0], "reschedule", $$"""{"startsAt":{{startsAt}}}""");
        Assert.NotNull((await SchedulingWorld.ProblemAsync(answer, HttpStatusCode.BadRequest, "validation"))["errors"]!["startsAt"]);
        Assert.Equal(before, await world.FingerprintAsync());
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
        await PhaseAsync(id, sessions[1], "open", 1);
        await EndAsync(id, sessions[2], 5);
        var before = await world.FingerprintAsync();
        foreach (var (session, act, code) in new[]
        {
            (sessions[0], "reschedule", "session-cancelled"), (sessions[1], "reschedule", "session-running"), (sessions[2], "reschedule", "session-over"), (sessions[2], "cancel", "session-over"),
        })
        {
            using var answer = await PostAsync(session, act, act == "cancel" ? """{"reason":"Snow"}""" : """{"startsAt":"2026-02-20T00:00:00Z"}""");
            await SchedulingWorld.ProblemAsync(answer, HttpStatusCode.Conflict, code);
        }

        Assert.Equal(before, await world.FingerprintAsync());
    }

    [Fact]
    public async Task A_status_follows_the_room_and_never_goes_back_whatever_the_order_of_the_news()
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
        var (enrolment, confirm, end) = (Guid.CreateVersion7(), new ListSessionsWhenEnrollmentConfirmed(world.Db), new UnlistSessionsWhenEnrollmentEnded(world.Db));
        Assert.Empty(await MineAsync(member));

        var message = Guid.CreateVersion7();
        var confirmed = new EnrollmentConfirmed(enrolment, id, member, 2, world.Clock.Now);
        await SchedulingWorld.DeliverAsync(confirm, confirmed, message);
        await SchedulingWorld.DeliverAsync(confirm, confirmed, message);
        await SchedulingWorld.DeliverAsync(confirm, confirmed);
        var mine = await MineAsync(member);
        Assert.Equal(4, mine.Count);
        Assert.Equal(("member", "Calmer Evenings", "19:00"), ((string?)mine[0]!["role"], (string?)mine[0]!["groupName"], (string?)mine[0]!["localStart"]));
        Assert.Empty(await MineAsync(Guid.CreateVersion7()));
        Assert.Equal(2, (await MineAsync(member, "?from=2026-01-14T00:00:00Z&to=2026-01-22T00:00:00Z")).Count);
        Assert.Equal(2, (await MineAsync(member, "?from=2026-01-14&to=2026-01-22")).Count);

        await SchedulingWorld.DeliverAsync(end, new EnrollmentEnded(enrolment, id, member, "cancelled", 3, world.Clock.Now));
        await SchedulingWorld.DeliverAsync(confirm, confirmed);
        Assert.Empty(await MineAsync(member));
    }

    [Fact]
    public async Task An_end_that_overtakes_its_confirmation_wins()
    {
        var member = Guid.CreateVersion7();
        var (id, _) = await GroupAsync();
        var enrolment = Guid.CreateVersion7();
        await SchedulingWorld.DeliverAsync(new UnlistSessionsWhenEnrollmentEnded(world.Db), new EnrollmentEnded(enrolment, id, member, "cancelled", 3, world.Clock.Now));
        await SchedulingWorld.DeliverAsync(new ListSessionsWhenEnrollmentConfirmed(world.Db), new EnrollmentConfirmed(enrolment, id, member, 2, world.Clock.Now));
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
        SchedulingWorld.DeliverAsync(new ShowPhaseWhenSessionPhaseChanged(world.Db), new SessionPhaseChanged(session, group, phase, version, world.Clock.Now));

    private Task EndAsync(Guid group, Guid session, long version) =>
        SchedulingWorld.DeliverAsync(new ShowEndWhenSessionEnded(world.Db), new SessionEnded(session, group, world.Clock.Now, world.Clock.Now, "ended", [], version));
}
