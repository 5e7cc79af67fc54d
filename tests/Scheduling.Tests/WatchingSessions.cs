using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Contracts.Room.V1;
using GroupTherapy.Scheduling.Consumers;
using Xunit;

namespace GroupTherapy.Scheduling.Tests;

public sealed class WatchingSessions(SchedulingWorld world) : IClassFixture<SchedulingWorld>
{
    [Fact]
    public async Task A_session_that_falls_into_time_off_is_uncovered_until_another_facilitator_leads_it()
    {
        var (ana, ben) = (await world.FacilitatorAsync("Ana"), await world.FacilitatorAsync("Ben"));
        var group = await world.GroupIdAsync(SchedulingWorld.Request(ana, weeks: 2));
        await CoverAsync(group, 1, ana, ben);
        var session = (Guid)(await world.SessionsAsync(group))[0]!["id"]!;
        using var self = world.Service.As(ana, ["facilitator"], ["grouport"]);
        using var off = await self.PutAsync(
            "/api/me/availability",
            SchedulingWorld.Json("""{"timeZone":"America/New_York","timeOff":[{"from":"2026-01-06T00:00:00Z","to":"2026-01-08T00:00:00Z"}]}""")
        );
        Assert.Equal(HttpStatusCode.OK, off.StatusCode);
        await world.WorkDoneAsync();
        Assert.Equal("away", (string)Assert.Single(await UncoveredAsync(), u => (Guid)u!["groupId"]! == group)!["cause"]!);
        Assert.Equal("away", (string)Assert.Single(await world.OutboxAsync(group), m => m.Urn == "session-unattended").Body["cause"]!);

        var week = await WeekAsync(world.AsOperator(), "?from=2026-01-05&to=2026-01-12");
        Assert.Contains(week["conflicts"]!.AsArray(), c => (Guid)c!["sessionId"]! == session && c["otherSessionId"] is null);
        Assert.Contains(week["timeOff"]!.AsArray(), t => (Guid)t!["facilitatorId"]! == ana);
        Assert.Equal("away", (string)week["sessions"]!.AsArray().Single(s => (Guid)s!["id"]! == session)!["uncovered"]!);

        using var client = world.AsOperator();
        using var substituted = await client.PostAsJsonAsync($"/api/sessions/{session}/substitute", new { facilitatorId = ben });
        Assert.Equal(HttpStatusCode.OK, substituted.StatusCode);
        await world.WorkDoneAsync();
        Assert.DoesNotContain(await UncoveredAsync(), u => (Guid)u!["groupId"]! == group);
        Assert.Single(await world.OutboxAsync(group), m => m.Urn == "session-attended");
    }

    [Fact]
    public async Task A_facilitator_asks_for_another_until_a_substitute_leads_or_they_withdraw_it()
    {
        var (ana, ben) = (await world.FacilitatorAsync("Ana"), await world.FacilitatorAsync("Ben"));
        var group = await world.GroupIdAsync(SchedulingWorld.Request(ana, weeks: 1));
        await CoverAsync(group, 1, ana, ben);
        var session = (Guid)(await world.SessionsAsync(group))[0]!["id"]!;
        var path = $"/api/sessions/{session}/cover-request";
        using var self = world.Service.As(ana, ["facilitator"], ["grouport"]);
        using var other = world.Service.As(ben, ["facilitator"], ["grouport"]);
        await SchedulingWorld.ProblemAsync(await other.PostAsync(path, null), HttpStatusCode.NotFound, "not-found");
        await SchedulingWorld.ProblemAsync(await other.GetAsync($"/api/sessions/{session}/substitutes"), HttpStatusCode.NotFound, "not-found");
        var may = (await self.GetFromJsonAsync<JsonObject>($"/api/sessions/{session}/substitutes"))!["items"]!.AsArray();
        Assert.Equal(ben, (Guid)Assert.Single(may)!["facilitatorId"]!);

        for (var times = 0; times < 2; times++)
        {
            using var asked = await self.PostAsync(path, null);
            Assert.Equal(HttpStatusCode.OK, asked.StatusCode);
        }

        await world.WorkDoneAsync();
        Assert.Equal("asked", (string)Assert.Single(await UncoveredAsync(), u => (Guid)u!["groupId"]! == group)!["cause"]!);
        Assert.Equal("asked", (string)Assert.Single(await world.OutboxAsync(group), m => m.Urn == "session-unattended").Body["cause"]!);
        await CoverAsync(group, 2, ana, ben);
        await world.WorkDoneAsync();
        Assert.Contains(await UncoveredAsync(), u => (Guid)u!["groupId"]! == group);

        using var back = await self.DeleteAsync(path);
        Assert.Equal(HttpStatusCode.NoContent, back.StatusCode);
        Assert.DoesNotContain(await UncoveredAsync(), u => (Guid)u!["groupId"]! == group);
        using var again = await self.PostAsync(path, null);
        using var client = world.AsOperator();
        using var substituted = await client.PostAsJsonAsync($"/api/sessions/{session}/substitute", new { facilitatorId = ben });
        Assert.Equal(HttpStatusCode.OK, substituted.StatusCode);
        await world.WorkDoneAsync();
        Assert.DoesNotContain(await UncoveredAsync(), u => (Guid)u!["groupId"]! == group);
        Assert.Equal(2, (await world.OutboxAsync(group)).Count(m => m.Urn == "session-attended"));
        await SchedulingWorld.ProblemAsync(await self.PostAsync(path, null), HttpStatusCode.NotFound, "not-found");
    }

    [Fact]
    public async Task A_request_for_cover_that_is_withdrawn_leaves_a_session_uncovered_while_its_facilitator_is_away()
    {
        var ana = await world.FacilitatorAsync("Ana");
        var group = await world.GroupIdAsync(SchedulingWorld.Request(ana, weeks: 1));
        await CoverAsync(group, 1, ana);
        var (session, startsAt) = ((Guid)(await world.SessionsAsync(group))[0]!["id"]!, (DateTimeOffset)(await world.SessionsAsync(group))[0]!["startsAt"]!);
        using var self = world.Service.As(ana, ["facilitator"], ["grouport"]);
        using var asked = await self.PostAsync($"/api/sessions/{session}/cover-request", null);
        using var off = await self.PutAsJsonAsync(
            "/api/me/availability",
            new { timeZone = "America/New_York", timeOff = new[] { new { from = startsAt.AddHours(-1), to = startsAt.AddHours(3) } } }
        );
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (asked.StatusCode, off.StatusCode));
        await world.WorkDoneAsync();

        using var back = await self.DeleteAsync($"/api/sessions/{session}/cover-request");
        await world.WorkDoneAsync();
        Assert.Equal("away", (string)Assert.Single(await UncoveredAsync(), u => (Guid)u!["groupId"]! == group)!["cause"]!);
    }

    [Fact]
    public async Task A_room_that_is_held_needs_a_facilitator_until_it_goes_on()
    {
        var group = await world.GroupIdAsync(SchedulingWorld.Request(await world.FacilitatorAsync("Ana"), weeks: 1));
        var session = (Guid)(await world.SessionsAsync(group))[0]!["id"]!;
        foreach (var (phase, version, causes) in new (string, long, string[])[] { ("live", 1, []), ("held", 2, ["held"]), ("live", 3, []) })
        {
            await SchedulingWorld.DeliverAsync(
                new UpdatePhaseWhenSessionPhaseChanged(world.Db),
                new SessionPhaseChanged(session, group, phase, version, world.Clock.Now)
            );
            Assert.Equal(causes, (await UncoveredAsync()).Where(u => (Guid)u!["sessionId"]! == session).Select(u => (string)u!["cause"]!));
        }
    }

    [Fact]
    public async Task A_lobby_where_members_wait_past_the_start_needs_a_facilitator_until_it_is_opened()
    {
        var group = await world.GroupIdAsync(SchedulingWorld.Request(await world.FacilitatorAsync("Ana"), weeks: 1));
        var session = (Guid)(await world.SessionsAsync(group))[0]!["id"]!;
        await PhaseAsync("open", 1);
        Assert.Empty(await CausesAsync());
        await SchedulingWorld.DeliverAsync(
            new FindSubstitutesWhenFacilitatorLost(world.Db),
            new FacilitatorLost(session, group, world.Clock.Now.AddHours(1), [new PresentByJurisdiction("US-FL", 2)], 1, world.Clock.Now)
        );
        Assert.Equal(["unled"], await CausesAsync());
        await PhaseAsync("live", 2);
        Assert.Empty(await CausesAsync());

        Task PhaseAsync(string phase, long version) =>
            SchedulingWorld.DeliverAsync(
                new UpdatePhaseWhenSessionPhaseChanged(world.Db),
                new SessionPhaseChanged(session, group, phase, version, world.Clock.Now)
            );
        async Task<IEnumerable<string>> CausesAsync() =>
            (await UncoveredAsync()).Where(u => (Guid)u!["sessionId"]! == session).Select(u => (string)u!["cause"]!);
    }

    [Fact]
    public async Task A_plan_that_falls_into_time_off_is_refused_unless_the_operator_accepts_it()
    {
        var (ana, ben) = (await world.FacilitatorAsync("Ana"), await world.FacilitatorAsync("Ben"));
        using var self = world.Service.As(ana, ["facilitator"], ["grouport"]);
        using var off = await self.PutAsync(
            "/api/me/availability",
            SchedulingWorld.Json("""{"timeZone":"America/New_York","timeOff":[{"from":"2026-01-13T00:00:00Z","to":"2026-01-27T00:00:00Z"}]}""")
        );
        Assert.Equal(HttpStatusCode.OK, off.StatusCode);
        using var client = world.AsOperator();
        var request = SchedulingWorld.Request(ana, weeks: 4);
        var away = await SchedulingWorld.ProblemAsync(await client.PostAsJsonAsync("/api/groups", request), HttpStatusCode.Conflict, "facilitator-away");
        Assert.Equal((2, ana), ((int)away["sessions"]!, (Guid)away["away"]![0]!["facilitatorId"]!));
        Assert.Contains("2026-01-13 at 19:00", (string)away["detail"]!, StringComparison.Ordinal);

        var group = await world.GroupIdAsync(SchedulingWorld.Request(ben, weeks: 4));
        var first = (Guid)(await world.SessionsAsync(group))[0]!["id"]!;
        await CoverAsync(group, 1, ana, ben);
        foreach (
            var (path, body) in new (string, JsonObject)[]
            {
                ($"/api/groups/{group}/changes", new JsonObject { ["from"] = "2026-01-06", ["facilitatorId"] = ana }),
                ($"/api/sessions/{(await world.SessionsAsync(group))[1]!["id"]}/substitute", new JsonObject { ["facilitatorId"] = ana }),
            }
        )
        {
            await SchedulingWorld.ProblemAsync(await client.PostAsJsonAsync(path, body), HttpStatusCode.Conflict, "facilitator-away");
        }

        using var substitutes = await client.GetAsync($"/api/sessions/{(await world.SessionsAsync(group))[1]!["id"]}/substitutes");
        Assert.True(
            (bool)JsonNode.Parse(await substitutes.Content.ReadAsStringAsync())!["items"]!.AsArray().Single(o => (Guid)o!["facilitatorId"]! == ana)!["busy"]!
        );
        using var fits = await client.PostAsJsonAsync($"/api/sessions/{first}/substitute", new { facilitatorId = ana });
        Assert.Equal(HttpStatusCode.OK, fits.StatusCode);

        request["schedule"]!["localTime"] = "09:00";
        request["acceptTimeOff"] = true;
        var accepted = await world.GroupIdAsync(request);
        await CoverAsync(accepted, 1, ana);
        await world.WorkDoneAsync();
        Assert.Equal(2, (await UncoveredAsync()).Count(u => (Guid)u!["groupId"]! == accepted));
    }

    [Fact]
    public async Task A_session_in_person_has_ended_when_its_plan_has()
    {
        var request = SchedulingWorld.Request(await world.FacilitatorAsync("Ana"), weeks: 2);
        (request["modality"], request["venue"]) = ("in_person", "1 Main Street");
        var group = await world.GroupIdAsync(request);
        using var ana = world.Service.As((Guid)request["facilitatorId"]!, ["facilitator"], ["grouport"]);
        var listed = (await ana.GetFromJsonAsync<JsonObject>("/api/me/sessions"))!["items"]![0]!;
        Assert.Equal(("in_person", "1 Main Street", false), ((string)listed["modality"]!, (string)listed["venue"]!, (bool)listed["substituted"]!));
        await using var work = await world.Db.BeginAsync(Platform.Security.Caller.System("test"));
        Assert.Equal(0, await Storage.PhaseStore.EndInPersonAsync(work));
        var ends = SchedulingWorld.At((await world.SessionsAsync(group))[0]!["endsAt"]);
        try
        {
            await world.MoveClockAsync(ends.AddMinutes(1));
            await using var later = await world.Db.BeginAsync(Platform.Security.Caller.System("test"));
            await Storage.PhaseStore.EndInPersonAsync(later);
            await later.CommitAsync();
            Assert.Equal(["ended", "scheduled"], (await world.SessionsAsync(group)).Select(s => (string)s!["status"]!));
        }
        finally
        {
            await world.TurnBackAsync();
        }
    }

    [Fact]
    public async Task A_lead_who_may_serve_no_member_any_more_leaves_the_session_uncovered_and_it_is_told_once()
    {
        var ana = await world.FacilitatorAsync("Ana");
        var group = await world.GroupIdAsync(SchedulingWorld.Request(ana, weeks: 1));
        await CoverAsync(group, 1);
        await world.WorkDoneAsync();
        await CoverAsync(group, 2);
        await world.WorkDoneAsync();
        Assert.Equal("no-cover", (string)Assert.Single(await world.OutboxAsync(group), m => m.Urn == "session-unattended").Body["cause"]!);
        await CoverAsync(group, 3, ana);
        await world.WorkDoneAsync();
        Assert.Single(await world.OutboxAsync(group), m => m.Urn == "session-attended");
    }

    [Fact]
    public async Task Members_read_in_their_sessions_that_no_facilitator_may_lead_one_when_the_mail_about_it_goes_out()
    {
        var ana = await world.FacilitatorAsync("Ana");
        var group = await world.GroupIdAsync(SchedulingWorld.Request(ana, weeks: 1));
        var starts = SchedulingWorld.At((await world.SessionsAsync(group))[0]!["startsAt"]);
        using var self = world.Service.As(ana, ["facilitator"], ["grouport"]);
        await CoverAsync(group, 1);
        await world.WorkDoneAsync();
        Assert.False(await UnsureAsync());
        try
        {
            await world.MoveClockAsync(starts.AddHours(-3));
            Assert.True(await UnsureAsync());
            await CoverAsync(group, 2, ana);
            await world.WorkDoneAsync();
            Assert.False(await UnsureAsync());
        }
        finally
        {
            await world.TurnBackAsync();
        }

        async Task<bool> UnsureAsync() => (bool)(await self.GetFromJsonAsync<JsonObject>("/api/me/sessions"))!["items"]![0]!["unsure"]!;
    }

    [Fact]
    public async Task Too_few_members_make_it_asked_and_the_facilitator_s_answer_counts()
    {
        var ana = await world.FacilitatorAsync("Ana");
        var group = await world.GroupIdAsync(SchedulingWorld.Request(ana, weeks: 2));
        var sessions = await world.SessionsAsync(group);
        var member = Guid.CreateVersion7();
        await SchedulingWorld.DeliverAsync(
            new AddEnrollmentWhenEnrollmentConfirmed(world.Db),
            new EnrollmentConfirmed(Guid.CreateVersion7(), group, member, 1, world.Clock.Now)
        );
        try
        {
            await world.MoveClockAsync(SchedulingWorld.At(sessions[0]!["startsAt"]).AddHours(-23));
            var asked = Assert.Single(await world.OutboxAsync(group), m => m.Urn == "quorum-asked").Body;
            Assert.Equal((1, 2), ((int)asked["expected"]!, (int)asked["minimum"]!));
            using var facilitator = world.Service.As(ana, ["facilitator"], ["grouport"]);
            Assert.True((bool)(await WeekAsync(facilitator, ""))["sessions"]!.AsArray().Single(s => (Guid)s!["groupId"]! == group)!["quorumAsked"]!);
            using var stranger = world.Service.As(await world.FacilitatorAsync("Ben"), ["facilitator"], ["grouport"]);
            await SchedulingWorld.ProblemAsync(
                await stranger.PostAsJsonAsync($"/api/sessions/{sessions[0]!["id"]}/quorum", new { takesPlace = false }),
                HttpStatusCode.NotFound,
                "not-found"
            );
            using var answer = await facilitator.PostAsJsonAsync($"/api/sessions/{sessions[0]!["id"]}/quorum", new { takesPlace = false });
            Assert.Equal("cancelled", (string)(await answer.Content.ReadFromJsonAsync<JsonObject>())!["status"]!);
            Assert.Equal("quorum", (string)Assert.Single(await world.OutboxAsync(group), m => m.Urn == "session-cancelled").Body["cause"]!);
            using var notAsked = await facilitator.PostAsJsonAsync($"/api/sessions/{sessions[1]!["id"]}/quorum", new { takesPlace = true });
            await SchedulingWorld.ProblemAsync(notAsked, HttpStatusCode.Conflict, "not-asked");

            await world.MoveClockAsync(SchedulingWorld.At(sessions[1]!["startsAt"]).AddHours(-10));
            await world.MoveClockAsync(SchedulingWorld.At(sessions[1]!["startsAt"]).AddHours(-3));
            Assert.False((bool)Assert.Single(await world.OutboxAsync(group), m => m.Urn == "quorum-decided").Body["answered"]!);
        }
        finally
        {
            await world.TurnBackAsync();
        }
    }

    [Fact]
    public async Task The_calendar_of_a_facilitator_has_their_own_sessions_and_a_range_has_bounds()
    {
        var (ana, ben) = (await world.FacilitatorAsync("Ana"), await world.FacilitatorAsync("Ben"));
        var own = await world.GroupIdAsync(SchedulingWorld.Request(ana, weeks: 1));
        var others = await world.GroupIdAsync(SchedulingWorld.Request(ben, weeks: 1));
        using var client = world.Service.As(ana, ["facilitator"], ["grouport"]);
        var groups = (await WeekAsync(client, "?from=2026-01-05&to=2026-02-05"))["sessions"]!.AsArray().Select(s => (Guid)s!["groupId"]!).ToList();
        Assert.Contains(own, groups);
        Assert.DoesNotContain(others, groups);
        foreach (var query in new[] { "?from=0001-01-01&to=9999-12-31", "?from=2026-01-01&to=2026-03-31", "?from=2026-02-01&to=2026-01-01", "?from=x" })
        {
            await SchedulingWorld.ProblemAsync(await client.GetAsync($"/api/calendar{query}"), HttpStatusCode.BadRequest, "validation");
        }

        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/api/calendar?from=9999-12-30")).StatusCode);
        using var member = world.AsMember(Guid.CreateVersion7());
        await SchedulingWorld.ProblemAsync(await member.GetAsync("/api/calendar"), HttpStatusCode.Forbidden, "not-allowed");
    }

    private Task CoverAsync(Guid group, long version, params Guid[] serve) =>
        SchedulingWorld.DeliverAsync(
            new UpsertCoverageWhenCoverageChanged(world.Db),
            new CoverageChanged(
                group,
                [new MembersByJurisdiction("US-FL", 2)],
                [.. serve.Select(f => new FacilitatorCover(f, [new PlaceServed("US-FL", null, null)]))],
                version,
                world.Clock.Now
            )
        );

    private async Task<JsonArray> UncoveredAsync()
    {
        using var client = world.AsOperator();
        return (await client.GetFromJsonAsync<JsonObject>("/api/uncovered-sessions?limit=500"))!["items"]!.AsArray();
    }

    private static async Task<JsonObject> WeekAsync(HttpClient client, string query) => (await client.GetFromJsonAsync<JsonObject>($"/api/calendar{query}"))!;
}
