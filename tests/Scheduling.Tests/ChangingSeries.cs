using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Platform.Work;
using GroupTherapy.Scheduling.Consumers;
using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Scheduling.Series;
using GroupTherapy.Scheduling.Workers;
using NodaTime;
using NodaTime.TimeZones;
using Xunit;

namespace GroupTherapy.Scheduling.Tests;

public sealed class ChangingSeries(SchedulingWorld world) : IClassFixture<SchedulingWorld>
{
    [Fact]
    public async Task Another_hour_from_a_date_on_moves_the_sessions_to_come_and_leaves_those_before()
    {
        var group = await world.GroupIdAsync(SchedulingWorld.Request(await world.FacilitatorAsync(), weeks: 8));
        var before = await world.SessionsAsync(group);
        var changed = await ChangeAsync(group, """{"from":"2026-01-20","localTime":"18:30","dayOfWeek":"wednesday"}""");
        Assert.Equal(("wednesday", "18:30"), ((string)changed["schedule"]!["dayOfWeek"]!, (string)changed["schedule"]!["localTime"]!));

        var after = await world.SessionsAsync(group);
        Assert.Equal(before.Select(s => (string)s!["id"]!), after.Select(s => (string)s!["id"]!));
        Assert.Equal(
            [
                "2026-01-06 19:00",
                "2026-01-13 19:00",
                "2026-01-21 18:30",
                "2026-01-28 18:30",
                "2026-02-04 18:30",
                "2026-02-11 18:30",
                "2026-02-18 18:30",
                "2026-02-25 18:30",
            ],
            after.Select(Local)
        );
        var told = await world.OutboxAsync(group);
        Assert.Equal(6, told.Count(m => m.Urn == "session-rescheduled" && (string)m.Body["cause"]! == "series-changed"));
        var series = Assert.Single(told, m => m.Urn == "series-changed").Body;
        Assert.Equal(["time", "weekday"], series["changes"]!.AsArray().Select(c => (string)c!));
        Assert.Equal(SchedulingWorld.At(after[2]!["startsAt"]), SchedulingWorld.At(series["firstStartsAt"]));
        Assert.Equal("2026-02-26T00:30:00+00:00", (string)told.Last(m => m.Urn == "group-changed").Body["group"]!["seriesEndsAt"]!);
    }

    [Fact]
    public async Task A_change_far_ahead_of_a_series_without_an_end_plans_the_weeks_before_it_by_the_old_rule()
    {
        var group = await world.GroupIdAsync(SchedulingWorld.Request(await world.FacilitatorAsync(), weeks: null));
        Assert.Equal(12, (await world.SessionsAsync(group)).Count);
        await ChangeAsync(group, """{"from":"2026-06-01","localTime":"10:00","intervalWeeks":2}""");
        var after = await world.SessionsAsync(group);
        Assert.Equal(21, after.Count(s => Local(s).EndsWith("19:00", StringComparison.Ordinal)));
        Assert.Equal("2026-05-26 19:00", Local(after[20]));
        await world.MoveClockAsync(new DateTimeOffset(2026, 6, 1, 0, 0, 0, TimeSpan.Zero));
        try
        {
            var later = (await world.SessionsAsync(group)).Select(Local).Where(l => l.EndsWith("10:00", StringComparison.Ordinal)).ToList();
            Assert.Equal(["2026-06-02 10:00", "2026-06-16 10:00", "2026-06-30 10:00"], later.Take(3));
            Assert.InRange(later.Count, 6, 7);
        }
        finally
        {
            await world.TurnBackAsync();
        }
    }

    [Fact]
    public async Task What_was_cancelled_or_moved_by_hand_stays_and_another_facilitator_leads_from_there_on()
    {
        var (ana, ben) = (await world.FacilitatorAsync("Ana"), await world.FacilitatorAsync("Ben"));
        var group = await world.GroupIdAsync(SchedulingWorld.Request(ana, weeks: 4));
        var before = await world.SessionsAsync(group);
        using var client = world.AsOperator();
        using var moved = await client.PostAsync(
            $"/api/sessions/{before[2]!["id"]}/reschedule",
            SchedulingWorld.Json("""{"startsAt":"2026-01-22T15:00:00Z","durationMinutes":45}""")
        );
        Assert.Equal(HttpStatusCode.OK, moved.StatusCode);
        using var cancelled = await client.PostAsync($"/api/sessions/{before[3]!["id"]}/cancel", SchedulingWorld.Json("""{"reason":"Snow"}"""));
        await SchedulingWorld.ProblemAsync(
            await client.PostAsJsonAsync($"/api/groups/{group}/changes", new { from = "2026-01-13", facilitatorId = ben }),
            HttpStatusCode.Conflict,
            "coverage-not-known"
        );
        await SchedulingWorld.DeliverAsync(
            new UpsertCoverageWhenCoverageChanged(world.Db),
            new CoverageChanged(
                group,
                [new MembersByJurisdiction("US-FL", 2)],
                [new FacilitatorCover(ana, [new PlaceServed("US-FL", null, null)])],
                1,
                world.Clock.Now
            )
        );
        await SchedulingWorld.ProblemAsync(
            await client.PostAsJsonAsync($"/api/groups/{group}/changes", new { from = "2026-01-13", facilitatorId = ben }),
            HttpStatusCode.Conflict,
            "substitute-not-authorised"
        );
        await ChangeAsync(group, $$"""{"from":"2026-01-13","facilitatorId":"{{ben}}","localTime":"20:00","acceptPartial":true}""");

        var after = await world.SessionsAsync(group);
        Assert.Equal(["2026-01-06 19:00", "2026-01-13 20:00", "2026-01-22 10:00", "2026-01-27 19:00"], after.Select(Local));
        Assert.Equal([ana, ben, ben, ben], after.Select(s => (Guid)s!["facilitatorId"]!));
        Assert.Equal("cancelled", (string)after[3]!["status"]!);
        Assert.Equal(TimeSpan.FromMinutes(45), SchedulingWorld.At(after[2]!["endsAt"]) - SchedulingWorld.At(after[2]!["startsAt"]));
        Assert.Equal(2, await world.Db.FirstOrDefaultAsync<int>("select count(*)::int from bookings where facilitator_id = @ben", new { ben }));
        Assert.Equal(1, await world.Db.FirstOrDefaultAsync<int>("select count(*)::int from bookings where facilitator_id = @ana", new { ana }));
    }

    [Fact]
    public async Task A_change_that_cannot_be_is_refused_and_changes_nothing()
    {
        var ana = await world.FacilitatorAsync();
        var group = await world.GroupIdAsync(SchedulingWorld.Request(ana, weeks: 4));
        await world.GroupAsync(SchedulingWorld.Request(ana, startsOn: "2026-01-07", weeks: 4));
        var before = await world.FingerprintAsync();
        using var client = world.AsOperator();
        foreach (
            var (body, field) in new[]
            {
                ("""{"localTime":"18:00"}""", "from"),
                ("""{"from":"2026-01-04","localTime":"18:00"}""", "from"),
                ("""{"from":"9999-12-31","localTime":"18:00"}""", "from"),
                ("""{"from":"12026-01-04"}""", "from"),
                ("""{"from":"2026-01-13","timeZone":"Mars/Olympus"}""", "timeZone"),
                ("""{"from":"2026-01-13","timeZone":"UTC+5"}""", "timeZone"),
                ("""{"from":"2026-01-13","localTime":"24:00"}""", "localTime"),
                ("""{"from":"2026-01-13","intervalWeeks":3}""", "intervalWeeks"),
                ("""{"from":"2026-01-13","dayOfWeek":"Friday"}""", "dayOfWeek"),
                ("""{"from":"2026-01-13","durationMinutes":5}""", "durationMinutes"),
                ("""{"from":"2026-01-13","venue":"here"}""", "venue"),
            }
        )
        {
            var problem = await SchedulingWorld.ProblemAsync(
                await client.PostAsync($"/api/groups/{group}/changes", SchedulingWorld.Json(body)),
                HttpStatusCode.BadRequest,
                "validation"
            );
            Assert.True(problem["errors"]!.AsObject().ContainsKey(field), $"{body}: {problem}");
        }

        await SchedulingWorld.ProblemAsync(
            await client.PostAsync($"/api/groups/{group}/changes", SchedulingWorld.Json("""{"from":"2026-02-13","localTime":"18:00"}""")),
            HttpStatusCode.Conflict,
            "series-over"
        );
        await SchedulingWorld.ProblemAsync(
            await client.PostAsync($"/api/groups/{group}/changes", SchedulingWorld.Json("""{"from":"2026-01-13","dayOfWeek":"wednesday"}""")),
            HttpStatusCode.Conflict,
            "facilitator-busy"
        );
        using var elsewhere = world.AsOperator("chicago");
        await SchedulingWorld.ProblemAsync(
            await elsewhere.PostAsync($"/api/groups/{group}/changes", SchedulingWorld.Json("""{"from":"2026-01-13","localTime":"18:00"}""")),
            HttpStatusCode.NotFound,
            "not-found"
        );
        Assert.Equal(before, await world.FingerprintAsync());
    }

    [Fact]
    public async Task Every_second_week_counts_its_weeks_and_a_cohort_admits_with_its_first_session()
    {
        var request = SchedulingWorld.Request(await world.FacilitatorAsync(), weeks: 7);
        (request["schedule"]!["intervalWeeks"], request["admission"]) = (2, "cohort");
        var group = await world.GroupAsync(request);
        var sessions = await world.SessionsAsync((Guid)group["id"]!);
        Assert.Equal(["2026-01-06", "2026-01-20", "2026-02-03", "2026-02-17"], sessions.Select(s => (string)s!["localDate"]!));
        Assert.Equal([true, false, false, false], sessions.Select(s => (bool)s!["admitsNew"]!));
        Assert.Equal(SchedulingWorld.At(sessions[0]!["startsAt"]), SchedulingWorld.At(group["nextAdmissionAt"]));

        using var client = world.AsOperator();
        using var marked = await client.PostAsync($"/api/sessions/{sessions[2]!["id"]}/admission", SchedulingWorld.Json("""{"admits":true}"""));
        Assert.True((bool)(await marked.Content.ReadFromJsonAsync<JsonObject>())!["admitsNew"]!);
    }

    [Fact]
    public async Task A_member_who_is_admitted_later_begins_with_the_next_session_that_admits()
    {
        var request = SchedulingWorld.Request(await world.FacilitatorAsync(), weeks: 4);
        request["admission"] = "marked";
        var group = await world.GroupIdAsync(request);
        var sessions = await world.SessionsAsync(group);
        using var client = world.AsOperator();
        using var marked = await client.PostAsync($"/api/sessions/{sessions[2]!["id"]}/admission", SchedulingWorld.Json("""{"admits":true}"""));
        var (early, late) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        foreach (var (member, at) in new[] { (early, world.Clock.Now), (late, SchedulingWorld.At(sessions[0]!["endsAt"])) })
        {
            await SchedulingWorld.DeliverAsync(
                new AddEnrollmentWhenEnrollmentConfirmed(world.Db),
                new EnrollmentConfirmed(Guid.CreateVersion7(), group, member, 1, at)
            );
        }

        Assert.Equal((4, 2), (await CountAsync(early), await CountAsync(late)));
        var told = (await world.OutboxAsync(group)).Where(m => m.Urn == "session-scheduled").Select(m => m.Body["session"]!).ToList();
        Assert.Equal([true, false, false, false, true], told.Select(s => (bool)s["admitsNew"]!));
        Assert.Equal(((Guid)sessions[2]!["id"]!, 2), ((Guid)told[^1]["sessionId"]!, (int)told[^1]["version"]!));
    }

    [Fact]
    public async Task A_makeup_session_stands_beside_the_series()
    {
        var group = await world.GroupIdAsync(SchedulingWorld.Request(await world.FacilitatorAsync(), weeks: 2));
        using var client = world.AsOperator();
        using var added = await client.PostAsync($"/api/groups/{group}/sessions", SchedulingWorld.Json("""{"startsAt":"2026-01-16T17:00:00Z"}"""));
        Assert.Equal(HttpStatusCode.Created, added.StatusCode);
        Assert.True((bool)(await added.Content.ReadFromJsonAsync<JsonObject>())!["extra"]!);
        await SchedulingWorld.ProblemAsync(
            await client.PostAsync($"/api/groups/{group}/sessions", SchedulingWorld.Json("""{"startsAt":"2026-01-16T17:30:00Z"}""")),
            HttpStatusCode.Conflict,
            "facilitator-busy"
        );
        await SchedulingWorld.ProblemAsync(
            await client.PostAsync($"/api/groups/{group}/sessions", SchedulingWorld.Json("""{"startsAt":"2026-01-04T17:30:00Z"}""")),
            HttpStatusCode.BadRequest,
            "validation"
        );
        Assert.Equal(3, (await world.SessionsAsync(group)).Count);
        Assert.Equal("2026-01-16T18:00:00+00:00", (string)(await world.OutboxAsync(group)).Last(m => m.Urn == "group-changed").Body["group"]!["seriesEndsAt"]!);
    }

    [Fact]
    public async Task When_a_law_changes_the_clocks_sessions_move_to_the_time_that_people_know_and_they_are_told_once()
    {
        var ana = await world.FacilitatorAsync();
        var group = await world.GroupIdAsync(SchedulingWorld.Request(ana, startsOn: "2026-03-03", weeks: 3, timeZone: "America/Denver"));
        var next = await world.GroupIdAsync(SchedulingWorld.Request(ana, startsOn: "2026-03-03", weeks: 3, localTime: "20:00", timeZone: "America/Denver"));
        var before = await world.SessionsAsync(group);

        // Denver gives up daylight saving: from 2026-03-08 on it is what Phoenix is.
        var zones = new DateTimeZoneCache(new ChangedRules("America/Denver", "America/Phoenix"));
        DueRow Row(string kind, string key) => new(kind, key, world.Clock.Now, 1, 1, null);
        await new ReviseZoneRules(world.Db, zones, new PlanTimes(TimeSpan.FromMinutes(15))).HandleAsync([Row("zones.revise", "America/Denver")], default);

        var after = await world.SessionsAsync(group);
        Assert.Equal(
            [TimeSpan.Zero, TimeSpan.FromHours(1), TimeSpan.FromHours(1)],
            before.Zip(after, (b, a) => SchedulingWorld.At(a!["startsAt"]) - SchedulingWorld.At(b!["startsAt"]))
        );
        var told = await world.OutboxAsync(group);
        Assert.Equal(2, told.Count(m => m.Urn == "session-rescheduled" && (string)m.Body["cause"]! == "zone-rules"));
        Assert.Equal("zone-rules", (string)Assert.Single(told, m => m.Urn == "series-changed").Body["cause"]!);
        Assert.DoesNotContain("session.double-booked", await world.ActsAsync((Guid)after[1]!["id"]!));
        Assert.Single(await world.OutboxAsync(next), m => m.Urn == "series-changed");

        // The same once more changes nothing.
        await new ReviseZoneRules(world.Db, zones, new PlanTimes(TimeSpan.FromMinutes(15))).HandleAsync([Row("zones.revise", "America/Denver")], default);
        Assert.Single(await world.OutboxAsync(group), m => m.Urn == "series-changed");
    }

    [Theory]
    [InlineData("2026-03-08T02:30", "2026-03-08T07:30:00Z", null)]
    [InlineData("2026-11-01T01:30", "2026-11-01T05:30:00Z", null)]
    [InlineData("2026-11-01T01:30", "2026-11-01T06:30:00Z", null)]
    [InlineData("2026-06-02T19:00", "2026-06-03T00:00:00Z", "2026-06-02T23:00:00Z")]
    public void A_session_in_a_skipped_or_doubled_hour_is_right_where_it_was_put(string local, string startsAt, string? moved) =>
        Assert.Equal(
            moved is null ? null : DateTimeOffset.Parse(moved),
            SeriesRules.Revise(DateTime.Parse(local), SeriesRules.Zone("America/New_York")!, DateTimeOffset.Parse(startsAt))
        );

    private static string Local(JsonNode? s) => $"{s!["localDate"]} {s["localStart"]}";

    private async Task<int> CountAsync(Guid member)
    {
        using var client = world.AsMember(member);
        return (await client.GetFromJsonAsync<JsonObject>("/api/me/sessions"))!["items"]!.AsArray().Count;
    }

    private async Task<JsonObject> ChangeAsync(Guid group, string body)
    {
        using var client = world.AsOperator();
        using var answer = await client.PostAsync($"/api/groups/{group}/changes", SchedulingWorld.Json(body));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, text);
        return JsonNode.Parse(text)!.AsObject();
    }

    /// <summary>The zone data of a later release, in which one zone follows another's rules.</summary>
    private sealed class ChangedRules(string changed, string follows) : IDateTimeZoneSource
    {
        private readonly TzdbDateTimeZoneSource _now = TzdbDateTimeZoneSource.Default;

        public string VersionId => $"{_now.VersionId} and later";

        public IEnumerable<string> GetIds() => _now.GetIds();

        public DateTimeZone ForId(string id) => id == changed ? new Renamed(id, _now.ForId(follows)) : _now.ForId(id);

        public string? GetSystemDefaultId() => null;
    }

    private sealed class Renamed(string id, DateTimeZone rules) : DateTimeZone(id, false, rules.MinOffset, rules.MaxOffset)
    {
        public override ZoneInterval GetZoneInterval(Instant instant) => rules.GetZoneInterval(instant);
    }
}
