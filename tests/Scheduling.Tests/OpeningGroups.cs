using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Platform.Work;
using GroupTherapy.Scheduling.Storage;
using GroupTherapy.Scheduling.Workers;
using Xunit;

namespace GroupTherapy.Scheduling.Tests;

public sealed class OpeningGroups(SchedulingWorld world) : IClassFixture<SchedulingWorld>
{
    [Fact]
    public async Task An_opened_group_is_in_the_catalogue_with_its_sessions_events_and_audit_entries()
    {
        var ana = await world.FacilitatorAsync();
        var ben = await world.FacilitatorAsync("Ben Okafor");
        var request = SchedulingWorld.Request(ana);
        request["coFacilitatorIds"] = new JsonArray(ben);
        request["program"] = new JsonArray(
            new JsonObject
            {
                ["week"] = 1,
                ["title"] = "Arriving",
                ["guidance"] = "Breathe.\nSlowly.",
                ["skills"] = new JsonArray("Grounding"),
                ["homework"] = "One walk",
            }
        );
        using var client = world.AsOperator();

        using var answer = await client.PostAsJsonAsync("/api/groups", request);

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.Equal("\"1\"", answer.Headers.ETag!.ToString());
        var group = (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
        var id = (Guid)group["id"]!;
        Assert.Equal($"/api/groups/{id}", answer.Headers.Location!.ToString());
        Assert.Equal("2026-01-07T00:00:00Z", (string?)group["nextSessionAt"]);
        Assert.Equal("tuesday", (string?)group["schedule"]!["dayOfWeek"]);
        Assert.Equal(["US-FL", "US-NJ", "US-NY"], group["offeredIn"]!.AsArray().Select(s => (string?)s));
        Assert.Equal("Ben Okafor", (string?)group["coFacilitators"]![0]!["displayName"]);
        Assert.Equal(10, (int)group["seatsLeft"]!);
        Assert.Equal("""{"camera":"optional","lateArrivals":true,"chatRetentionDays":30,"minimumQuorum":2}""", group["policies"]!.ToJsonString());
        Assert.Equal("Grounding", (string?)group["program"]![0]!["skills"]![0]);

        var sessions = await world.SessionsAsync(id);
        Assert.Equal(8, sessions.Count);
        Assert.All(sessions, s => Assert.Equal(("19:00", "scheduled", ana), ((string?)s!["localStart"], (string?)s["status"], (Guid)s["facilitatorId"]!)));

        var outbox = await world.OutboxAsync(id);
        Assert.Equal(["group-opened", .. Enumerable.Repeat("session-scheduled", 8)], outbox.Select(m => m.Urn));
        var snapshot = outbox[0].Body["group"]!;
        Assert.Equal(("Calmer Evenings", 1, false), ((string?)snapshot["name"], (int)snapshot["version"]!, (bool)snapshot["closed"]!));
        Assert.Equal("2026-02-25T01:00:00Z", (string?)snapshot["seriesEndsAt"]!.ToString().Replace("+00:00", "Z", StringComparison.Ordinal));
        var session = outbox[1].Body["session"]!;
        Assert.Equal(
            (10, 30, true, false, 1),
            (
                (int)session["capacity"]!,
                (int)session["chatRetentionDays"]!,
                (bool)session["lateArrivals"]!,
                (bool)session["cancelled"]!,
                (int)session["version"]!
            )
        );
        Assert.Equal(ben, (Guid)session["coFacilitatorIds"]![0]!);
        Assert.Equal(["group.opened"], await world.ActsAsync(id));
        Assert.Equal(["session.scheduled"], await world.ActsAsync((Guid)sessions[0]!["id"]!));
    }

    [Fact]
    public async Task The_name_of_a_part_2_group_does_not_travel()
    {
        var request = SchedulingWorld.Request(await world.FacilitatorAsync());
        request["part2"] = true;
        var id = await world.GroupIdAsync(request);
        Assert.Null((await world.OutboxAsync(id))[0].Body["group"]!["name"]);
        Assert.True((bool)(await world.OutboxAsync(id))[0].Body["group"]!["part2"]!);
    }

    [Fact]
    public async Task The_same_key_and_body_answers_again_and_opens_nothing_more()
    {
        var request = SchedulingWorld.Request(await world.FacilitatorAsync());
        using var client = world.AsOperator();
        client.DefaultRequestHeaders.Add("Idempotency-Key", $"{Guid.CreateVersion7()}");

        using var first = await client.PostAsJsonAsync("/api/groups", request);
        var before = await world.FingerprintAsync();
        using var second = await client.PostAsJsonAsync("/api/groups", request);
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (first.StatusCode, second.StatusCode));
        Assert.Equal(await first.Content.ReadAsStringAsync(), await second.Content.ReadAsStringAsync());
        Assert.Equal("true", second.Headers.GetValues("Idempotency-Replayed").Single());
        Assert.Equal("\"1\"", second.Headers.ETag!.ToString());

        request["name"] = "Another";
        using var third = await client.PostAsJsonAsync("/api/groups", request);
        await SchedulingWorld.ProblemAsync(third, HttpStatusCode.UnprocessableEntity, "idempotency-key-reused");
        Assert.Equal(before, await world.FingerprintAsync());
    }

    [Fact]
    public async Task All_faults_are_named_at_once_and_nothing_is_stored()
    {
        var before = await world.FingerprintAsync();
        using var client = world.AsOperator();
        using var answer = await client.PostAsync(
            "/api/groups",
            SchedulingWorld.Json(
                """
                {"practice":"grouport","name":" ","topic":"No Topic","serviceClass":"massage","capacity":0,"minimumAge":121,
                 "facilitatorId":"00000000-0000-7000-8000-000000000001",
                 "coFacilitatorIds":["00000000-0000-7000-8000-000000000001"],
                 "schedule":{"startsOn":"2026-02-30","localTime":"7pm","timeZone":"America/Gotham","durationMinutes":14,"weeks":105},
                 "program":[{"week":0,"title":""}],"policies":{"camera":"on","chatRetentionDays":-1,"minimumQuorum":0},"modality":"phone"}
                """
            )
        );
        var problem = await SchedulingWorld.ProblemAsync(answer, HttpStatusCode.BadRequest, "validation");
        Assert.Equal(
            [
                "capacity",
                "coFacilitatorIds",
                "facilitatorId",
                "minimumAge",
                "modality",
                "name",
                "policies.camera",
                "policies.chatRetentionDays",
                "policies.minimumQuorum",
                "program[0].title",
                "program[0].week",
                "schedule.durationMinutes",
                "schedule.localTime",
                "schedule.startsOn",
                "schedule.timeZone",
                "schedule.weeks",
                "serviceClass",
                "topic",
            ],
            problem["errors"]!.AsObject().Select(e => e.Key).Order(StringComparer.Ordinal)
        );
        Assert.Equal(before, await world.FingerprintAsync());
    }

    [Theory]
    [InlineData("capacity", "-1")]
    [InlineData("capacity", "501")]
    [InlineData("capacity", "\"10\"")]
    [InlineData("minimumAge", "-1")]
    [InlineData("colour", "\"blue\"")]
    [InlineData("name", "null")]
    [InlineData("name", "\"a\\u0000b\"")]
    [InlineData("facilitatorId", "\"ana\"")]
    [InlineData("schedule", "null")]
    public async Task A_field_that_is_not_right_is_refused_by_name(string field, string value)
    {
        var request = SchedulingWorld.Request(await world.FacilitatorAsync());
        request[field] = JsonNode.Parse(value);
        var before = await world.FingerprintAsync();
        using var client = world.AsOperator();
        using var answer = await client.PostAsJsonAsync("/api/groups", request);
        var problem = await SchedulingWorld.ProblemAsync(answer, HttpStatusCode.BadRequest, "validation");
        Assert.Contains(field, problem["errors"]!.AsObject().Select(e => e.Key));
        Assert.Equal(before, await world.FingerprintAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{")]
    public async Task A_body_that_is_no_request_is_400(string body)
    {
        using var client = world.AsOperator();
        using var answer = await client.PostAsync("/api/groups", SchedulingWorld.Json(body));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task A_facilitator_who_is_not_known_yet_may_be_on_the_way()
    {
        using var client = world.AsOperator();
        using var answer = await client.PostAsJsonAsync("/api/groups", SchedulingWorld.Request(Guid.CreateVersion7()));
        var problem = await SchedulingWorld.ProblemAsync(answer, HttpStatusCode.BadRequest, "validation");
        Assert.NotNull(problem["errors"]!["facilitatorId"]);
        Assert.Equal("1", answer.Headers.GetValues("Retry-After").Single());
    }

    [Fact]
    public async Task Only_operators_of_the_practice_open_groups()
    {
        var request = SchedulingWorld.Request(await world.FacilitatorAsync());
        var before = await world.FingerprintAsync();
        using var anonymous = world.Service.Anonymous();
        using var member = world.AsMember(Guid.CreateVersion7());
        using var other = world.AsOperator("chicago");
        await SchedulingWorld.ProblemAsync(await anonymous.PostAsJsonAsync("/api/groups", request), HttpStatusCode.Unauthorized, "not-signed-in");
        await SchedulingWorld.ProblemAsync(await member.PostAsJsonAsync("/api/groups", request), HttpStatusCode.Forbidden, "not-allowed");
        await SchedulingWorld.ProblemAsync(await other.PostAsJsonAsync("/api/groups", request), HttpStatusCode.Forbidden, "not-allowed");
        Assert.Equal(before, await world.FingerprintAsync());
    }

    [Theory]
    [InlineData("2025-12-29", HttpStatusCode.Created)]
    [InlineData("2025-12-28", HttpStatusCode.BadRequest)]
    [InlineData("2028-01-06", HttpStatusCode.Created)]
    [InlineData("2028-01-07", HttpStatusCode.BadRequest)]
    public async Task A_series_begins_seven_days_ago_at_the_earliest_and_two_years_ahead_at_the_latest(string startsOn, HttpStatusCode expected)
    {
        using var client = world.AsOperator();
        using var answer = await client.PostAsJsonAsync("/api/groups", SchedulingWorld.Request(await world.FacilitatorAsync(), startsOn));
        Assert.Equal(expected, answer.StatusCode);
    }

    [Fact]
    public async Task Occurrences_that_have_ended_are_left_out_and_one_that_runs_is_there()
    {
        // It is noon in UTC on Monday: last Monday's has ended, today's began at 11:30.
        var id = await world.GroupIdAsync(SchedulingWorld.Request(await world.FacilitatorAsync(), "2025-12-29", "11:30", "Etc/UTC", weeks: 3));
        Assert.Equal(["2026-01-05T11:30:00Z", "2026-01-12T11:30:00Z"], (await world.SessionsAsync(id)).Select(s => (string?)s!["startsAt"]));

        using var client = world.AsOperator();
        using var over = await client.PostAsJsonAsync(
            "/api/groups",
            SchedulingWorld.Request(await world.FacilitatorAsync(), "2025-12-29", "11:30", "Etc/UTC", weeks: 1)
        );
        Assert.NotNull((await SchedulingWorld.ProblemAsync(over, HttpStatusCode.BadRequest, "validation"))["errors"]!["schedule.startsOn"]);
    }

    [Fact]
    public async Task A_series_without_an_end_has_twelve_weeks_of_sessions_and_grows_with_time()
    {
        var id = await world.GroupIdAsync(SchedulingWorld.Request(await world.FacilitatorAsync(), weeks: null));
        Assert.Equal(12, (await world.SessionsAsync(id)).Count);
        try
        {
            await world.MoveClockAsync(SchedulingWorld.Start.AddDays(21));
            // The same work again, by two processes at once, creates nothing more.
            var row = new DueRow(ScheduledWork.ExtendSeries, $"{id}", world.Clock.Now, 1, 1, null);
            await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => world.Service.Get<ExtendSeries>().HandleAsync([row], default)));
            var sessions = await world.SessionsAsync(id);
            Assert.Equal(15, sessions.Count);
            Assert.All(
                sessions.Zip(sessions.Skip(1)),
                pair =>
                    Assert.InRange(
                        SchedulingWorld.At(pair.Second!["startsAt"]) - SchedulingWorld.At(pair.First!["startsAt"]),
                        TimeSpan.FromHours(167),
                        TimeSpan.FromHours(169)
                    )
            );
            Assert.Equal(15, (await world.OutboxAsync(id)).Count(m => m.Urn == "session-scheduled"));
        }
        finally
        {
            await world.TurnBackAsync();
        }
    }

    [Fact]
    public async Task A_group_whose_series_cannot_be_extended_does_not_stop_the_others()
    {
        var broken = await world.GroupIdAsync(SchedulingWorld.Request(await world.FacilitatorAsync(), weeks: null, localTime: "08:00"));
        var sound = await world.GroupIdAsync(SchedulingWorld.Request(await world.FacilitatorAsync(), weeks: null, localTime: "09:00"));
        await world.Db.QueryAsync<int>("update groups set time_zone = 'America/Gotham' where id = @broken", new { broken });
        try
        {
            await world.MoveClockAsync(SchedulingWorld.Start.AddDays(7));
            Assert.Equal((12, 13), ((await world.SessionsAsync(broken)).Count, (await world.SessionsAsync(sound)).Count));
            var failing = Assert.Single(await world.Service.Get<DueWorkStore>().FailingAsync(10, default));
            Assert.Equal((ScheduledWork.ExtendSeries, $"{broken}"), (failing.Kind, failing.Key));
        }
        finally
        {
            await world.TurnBackAsync();
            await world.Db.QueryAsync<int>("delete from due_work where key = @key", new { key = $"{broken}" });
        }
    }
}
