using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Scheduling.Consumers;
using Xunit;

namespace GroupTherapy.Scheduling.Tests;

public sealed class ChangingGroups(SchedulingWorld world) : IClassFixture<SchedulingWorld>
{
    [Fact]
    public async Task A_change_is_shown_published_and_audited_and_its_sessions_are_published_again()
    {
        var id = await world.GroupIdAsync(SchedulingWorld.Request(await world.FacilitatorAsync(), weeks: 3));
        using var answer = await PatchAsync(id, """{"capacity":6,"policies":{"chatRetentionDays":7},"name":"Calm"}""", "\"1\"");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("\"2\"", answer.Headers.ETag!.ToString());
        using var anyone = world.Service.Anonymous();
        var group = (await anyone.GetFromJsonAsync<JsonObject>($"/api/groups/{id}"))!;
        Assert.Equal(
            (6, "Calm", 7, "optional"),
            ((int)group["capacity"]!, (string?)group["name"], (int)group["policies"]!["chatRetentionDays"]!, (string?)group["policies"]!["camera"])
        );

        var told = (await world.OutboxAsync(id)).Skip(4).ToList();
        Assert.Equal(["group-changed", "session-scheduled", "session-scheduled", "session-scheduled"], told.Select(m => m.Urn));
        Assert.Equal((6, 2), ((int)told[0].Body["group"]!["capacity"]!, (int)told[0].Body["group"]!["version"]!));
        Assert.All(
            told.Skip(1),
            m =>
                Assert.Equal(
                    (6, 7, 2),
                    ((int)m.Body["session"]!["capacity"]!, (int)m.Body["session"]!["chatRetentionDays"]!, (int)m.Body["session"]!["version"]!)
                )
        );
        Assert.Equal(["group.changed", "group.opened"], await world.ActsAsync(id));
    }

    [Fact]
    public async Task A_request_that_asks_for_the_present_values_changes_nothing()
    {
        var id = await world.GroupIdAsync(SchedulingWorld.Request(await world.FacilitatorAsync()));
        var before = await world.FingerprintAsync();
        using var answer = await PatchAsync(id, """{"capacity":10,"program":[],"policies":{}}""", "\"1\"");
        Assert.Equal((HttpStatusCode.OK, "\"1\""), (answer.StatusCode, answer.Headers.ETag!.ToString()));
        Assert.Equal(before, await world.FingerprintAsync());
    }

    [Fact]
    public async Task The_second_of_two_operators_who_change_the_same_version_is_refused()
    {
        var id = await world.GroupIdAsync(SchedulingWorld.Request(await world.FacilitatorAsync()));
        using var first = await PatchAsync(id, """{"capacity":9}""", "\"1\"");
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        var before = await world.FingerprintAsync();
        using var second = await PatchAsync(id, """{"capacity":8}""", "\"1\"");
        await SchedulingWorld.ProblemAsync(second, HttpStatusCode.PreconditionFailed, "stale");
        Assert.Equal(before, await world.FingerprintAsync());
        using var blind = await PatchAsync(id, """{"capacity":8}""", null);
        Assert.Equal((HttpStatusCode.OK, "\"3\""), (blind.StatusCode, blind.Headers.ETag!.ToString()));
    }

    [Theory]
    [InlineData("\"a,*,b\"", HttpStatusCode.PreconditionFailed)]
    [InlineData("W/\"1\"", HttpStatusCode.PreconditionFailed)]
    [InlineData("\"0\"", HttpStatusCode.PreconditionFailed)]
    [InlineData("*, \"1\"", HttpStatusCode.BadRequest)]
    [InlineData("1", HttpStatusCode.BadRequest)]
    [InlineData("\"1", HttpStatusCode.BadRequest)]
    [InlineData("*", HttpStatusCode.OK)]
    [InlineData("\"0\", \"1\"", HttpStatusCode.OK)]
    public async Task If_Match_is_a_list_of_strong_tags_or_a_star_alone(string ifMatch, HttpStatusCode expected)
    {
        var id = await world.GroupIdAsync(SchedulingWorld.Request(await world.FacilitatorAsync()));
        using var client = world.AsOperator();
        using var request = new HttpRequestMessage(HttpMethod.Patch, $"/api/groups/{id}") { Content = SchedulingWorld.Json("""{"capacity":9}""") };
        request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        using var answer = await client.SendAsync(request);
        Assert.Equal(expected, answer.StatusCode);
    }

    [Fact]
    public async Task Twenty_changes_at_once_without_If_Match_all_count_and_the_last_one_stays()
    {
        var id = await world.GroupIdAsync(SchedulingWorld.Request(await world.FacilitatorAsync()));
        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(async i =>
                {
                    using var answer = await PatchAsync(id, $$"""{"capacity":{{i + 20}}}""", null);
                    return (answer.StatusCode, Version: (long)(await answer.Content.ReadFromJsonAsync<JsonObject>())!["version"]!, Capacity: i + 20);
                })
        );
        Assert.All(answers, a => Assert.Equal(HttpStatusCode.OK, a.StatusCode));
        Assert.Equal(Enumerable.Range(2, 20).Select(v => (long)v), answers.Select(a => a.Version).Order());
        using var anyone = world.Service.Anonymous();
        Assert.Equal(answers.MaxBy(a => a.Version).Capacity, (int)(await anyone.GetFromJsonAsync<JsonObject>($"/api/groups/{id}"))!["capacity"]!);
    }

    [Fact]
    public async Task A_group_with_a_new_class_and_age_is_published_with_its_sessions()
    {
        var id = await world.GroupIdAsync(SchedulingWorld.Request(await world.FacilitatorAsync(), weeks: 2));
        using var answer = await PatchAsync(id, """{"serviceClass":"skills_education","minimumAge":16}""", null);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var told = (await world.OutboxAsync(id)).Skip(3).ToList();
        Assert.Equal(["group-changed", "session-scheduled", "session-scheduled"], told.Select(m => m.Urn));
        Assert.Equal(
            ("skills_education", 16, 2),
            ((string?)told[0].Body["group"]!["serviceClass"], (int)told[0].Body["group"]!["minimumAge"]!, (int)told[0].Body["group"]!["version"]!)
        );
        Assert.All(told.Skip(1), m => Assert.Equal("skills_education", (string?)m.Body["session"]!["serviceClass"]));
        using var anyone = world.Service.Anonymous();
        Assert.Equal("skills_education", (string?)(await anyone.GetFromJsonAsync<JsonObject>($"/api/groups/{id}"))!["serviceClass"]);
    }

    [Theory]
    [InlineData("""{"capacity":0}""", "capacity")]
    [InlineData("""{"policies":{"minimumQuorum":11}}""", "policies.minimumQuorum")]
    [InlineData("""{"capacity":1}""", "policies.minimumQuorum")]
    [InlineData("""{"part2":true}""", "part2")]
    [InlineData("""{"schedule":{}}""", "schedule")]
    [InlineData("""{"serviceClass":"yoga"}""", "serviceClass")]
    [InlineData("""{"minimumAge":121}""", "minimumAge")]
    [InlineData("""{"name":""}""", "name")]
    [InlineData("""{"name":null}""", "name")]
    [InlineData("""{"capacity":null}""", "capacity")]
    [InlineData("""{"policies":null}""", "policies")]
    [InlineData("""{"policies":{"camera":null}}""", "policies.camera")]
    [InlineData("""{"program":null}""", "program")]
    public async Task A_change_that_is_not_right_is_refused_by_field(string body, string field)
    {
        var id = await world.GroupIdAsync(SchedulingWorld.Request(await world.FacilitatorAsync()));
        var before = await world.FingerprintAsync();
        using var answer = await PatchAsync(id, body, "\"1\"");
        Assert.NotNull((await SchedulingWorld.ProblemAsync(answer, HttpStatusCode.BadRequest, "validation"))["errors"]![field]);
        Assert.Equal(before, await world.FingerprintAsync());
    }

    [Fact]
    public async Task Its_facilitators_write_its_program_and_nothing_else()
    {
        var (ana, ben, stranger) = (await world.FacilitatorAsync(), await world.FacilitatorAsync(), await world.FacilitatorAsync());
        var request = SchedulingWorld.Request(ana);
        request["coFacilitatorIds"] = new JsonArray(ben.ToString());
        var id = await world.GroupIdAsync(request);
        const string Program = """{"program":[{"week":1,"title":"Breathing","guidance":"Slowly.","skills":["Box"],"homework":"Twice a day."}]}""";
        foreach (var (account, practice, code) in new[] { (stranger, "grouport", "not-found"), (ana, "chicago", "not-found") })
        {
            using var other = world.Service.As(account, ["facilitator"], [practice]);
            using var refused = await other.PatchAsync($"/api/groups/{id}", SchedulingWorld.Json(Program));
            await SchedulingWorld.ProblemAsync(refused, HttpStatusCode.NotFound, code);
        }

        using var lead = world.Service.As(ana, ["facilitator"], ["grouport"]);
        using var co = world.Service.As(ben, ["facilitator"], ["grouport"]);
        foreach (var client in new[] { lead, co })
        {
            using var more = await client.PatchAsync($"/api/groups/{id}", SchedulingWorld.Json("""{"program":[],"capacity":3}"""));
            await SchedulingWorld.ProblemAsync(more, HttpStatusCode.Forbidden, "not-allowed");
        }

        using var first = await lead.PatchAsync($"/api/groups/{id}", SchedulingWorld.Json(Program));
        Assert.Equal((HttpStatusCode.OK, "\"2\""), (first.StatusCode, first.Headers.ETag!.ToString()));
        using var second = await co.PatchAsync($"/api/groups/{id}", SchedulingWorld.Json(Program.Replace("Breathing", "Resting", StringComparison.Ordinal)));
        var group = (await second.Content.ReadFromJsonAsync<JsonObject>())!;
        Assert.Equal(
            ("Resting", "Twice a day.", 10),
            ((string?)group["program"]![0]!["title"], (string?)group["program"]![0]!["homework"], (int)group["capacity"]!)
        );
        Assert.Equal(["group.changed", "group.changed", "group.opened"], (await world.ActsAsync(id)).Where(act => act != "access.refused"));
    }

    [Fact]
    public async Task Another_practice_s_group_answers_writes_like_no_group()
    {
        var id = await world.GroupIdAsync(SchedulingWorld.Request(await world.FacilitatorAsync()));
        var session = (Guid)(await world.SessionsAsync(id))[0]!["id"]!;
        var before = await world.FingerprintAsync();
        using var other = world.AsOperator("chicago");
        other.DefaultRequestHeaders.IfMatch.Add(EntityTagHeaderValue.Any);
        var nothing = Guid.CreateVersion7();
        foreach (
            var (mine, none) in new[]
            {
                ($"/api/groups/{id}/close", $"/api/groups/{nothing}/close"),
                ($"/api/sessions/{session}/cancel", $"/api/sessions/{nothing}/cancel"),
            }
        )
        {
            using var refused = await other.PostAsync(mine, SchedulingWorld.Json("""{"reason":"Snow"}"""));
            using var unknown = await other.PostAsync(none, SchedulingWorld.Json("""{"reason":"Snow"}"""));
            var (a, b) = (
                await SchedulingWorld.ProblemAsync(refused, HttpStatusCode.NotFound, "not-found"),
                await SchedulingWorld.ProblemAsync(unknown, HttpStatusCode.NotFound, "not-found")
            );
            a.Remove("traceId");
            b.Remove("traceId");
            Assert.Equal(a.ToJsonString(), b.ToJsonString());
        }

        using var patched = await other.PatchAsync($"/api/groups/{id}", SchedulingWorld.Json("""{"capacity":1}"""));
        await SchedulingWorld.ProblemAsync(patched, HttpStatusCode.NotFound, "not-found");
        using var moved = await other.PostAsync($"/api/sessions/{session}/reschedule", SchedulingWorld.Json("""{"startsAt":"2026-02-01T00:00:00Z"}"""));
        await SchedulingWorld.ProblemAsync(moved, HttpStatusCode.NotFound, "not-found");
        Assert.Equal(before, await world.FingerprintAsync());
    }

    [Fact]
    public async Task A_closed_group_leaves_the_catalogue_has_no_more_sessions_and_its_facilitators_are_free()
    {
        var ana = await world.FacilitatorAsync();
        var request = SchedulingWorld.Request(ana, weeks: null);
        request["topic"] = "closing-time";
        var id = await world.GroupIdAsync(request);
        using var client = world.AsOperator();
        using var answer = await client.PostAsync($"/api/groups/{id}/close", null);

        var group = (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
        Assert.Equal((HttpStatusCode.OK, true), (answer.StatusCode, (bool)group["closed"]!));
        Assert.Null(group["nextSessionAt"]);
        Assert.All(await world.SessionsAsync(id), s => Assert.Equal("cancelled", (string?)s!["status"]));
        var told = (await world.OutboxAsync(id)).Skip(13).ToList();
        Assert.Equal([.. Enumerable.Repeat("session-cancelled", 12), "group-closed"], told.Select(m => m.Urn));
        Assert.True((bool)told[^1].Body["group"]!["closed"]!);
        Assert.All(told.SkipLast(1), m => Assert.True((bool)m.Body["session"]!["cancelled"]!));
        Assert.Empty((await client.GetFromJsonAsync<JsonObject>("/api/groups?topic=closing-time"))!["items"]!.AsArray());
        Assert.Equal(["group.closed", "group.opened"], await world.ActsAsync(id));

        var before = await world.FingerprintAsync();
        using var again = await client.PostAsync($"/api/groups/{id}/close", null);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        using var changed = await PatchAsync(id, """{"capacity":9}""", "\"2\"");
        await SchedulingWorld.ProblemAsync(changed, HttpStatusCode.Conflict, "group-closed");
        Assert.Equal(before, await world.FingerprintAsync());

        await world.GroupIdAsync(SchedulingWorld.Request(ana));
    }

    [Fact]
    public async Task Closing_leaves_a_session_that_runs_to_its_end()
    {
        var id = await world.GroupIdAsync(SchedulingWorld.Request(await world.FacilitatorAsync(), "2026-01-05", "11:45", "Etc/UTC", weeks: 2));
        using var client = world.AsOperator();
        using var answer = await client.PostAsync($"/api/groups/{id}/close", null);
        Assert.Equal(["scheduled", "cancelled"], (await world.SessionsAsync(id)).Select(s => (string?)s!["status"]));
    }

    [Fact]
    public async Task The_count_of_seats_follows_the_newest_event_and_is_the_capacity_before_any()
    {
        var id = await world.GroupIdAsync(SchedulingWorld.Request(await world.FacilitatorAsync()));
        var consumer = new UpdateSeatCountWhenSeatsChanged(world.Db);
        Assert.Equal(10, await SeatsLeftAsync(id));
        var message = Guid.CreateVersion7();
        await SchedulingWorld.DeliverAsync(consumer, new SeatsChanged(id, 10, 4, 5, world.Clock.Now), message);
        await SchedulingWorld.DeliverAsync(consumer, new SeatsChanged(id, 10, 4, 5, world.Clock.Now), message);
        await SchedulingWorld.DeliverAsync(consumer, new SeatsChanged(id, 10, 9, 4, world.Clock.Now));
        Assert.Equal(6, await SeatsLeftAsync(id));
        await SchedulingWorld.DeliverAsync(consumer, new SeatsChanged(id, 10, 12, 6, world.Clock.Now));
        Assert.Equal(0, await SeatsLeftAsync(id));
    }

    [Fact]
    public async Task A_seat_count_that_arrives_before_its_group_is_stored()
    {
        var unknown = Guid.CreateVersion7();
        await SchedulingWorld.DeliverAsync(new UpdateSeatCountWhenSeatsChanged(world.Db), new SeatsChanged(unknown, 10, 3, 1, world.Clock.Now));
        var ana = await world.FacilitatorAsync();
        var like = await world.GroupIdAsync(SchedulingWorld.Request(ana));
        await using var work = await world.Db.BeginAsync(Platform.Security.Caller.System("test"));
        await work.ExecuteAsync(
            """
            insert into groups
            select @unknown, practice, name, topic, service_class, summary, capacity, minimum_age, modality, part2, intake_first, lead_facilitator_id,
                co_facilitator_ids, starts_on, local_time, time_zone, duration_minutes, weeks, program, camera, late_arrivals, chat_retention_days,
                minimum_quorum, null, null, null, 1, created_at, interval_weeks, anchor_on
            from groups where id = @like
            """,
            new { unknown, like }
        );
        await work.CommitAsync();
        Assert.Equal(7, await SeatsLeftAsync(unknown));
    }

    [Fact]
    public async Task The_card_of_a_facilitator_is_the_newest_one_received()
    {
        var ana = await world.FacilitatorAsync();
        var id = await world.GroupIdAsync(SchedulingWorld.Request(ana));
        var consumer = new UpsertFacilitatorWhenFacilitatorCredentialChanged(world.Db);
        await SchedulingWorld.DeliverAsync(
            consumer,
            new FacilitatorCredentialChanged(ana, "Ana R.", "counselor", ["grouport"], ["LMHC (FL)", "LMHC (NY)"], 3, world.Clock.Now)
        );
        await SchedulingWorld.DeliverAsync(consumer, new FacilitatorCredentialChanged(ana, "Old", "counselor", [], [], 2, world.Clock.Now));
        using var anyone = world.Service.Anonymous();
        var card = (await anyone.GetFromJsonAsync<JsonObject>($"/api/groups/{id}"))!["facilitator"]!;
        Assert.Equal($$"""{"id":"{{ana}}","displayName":"Ana R.","credentials":["LMHC (FL)","LMHC (NY)"]}""", card.ToJsonString());
    }

    private async Task<int> SeatsLeftAsync(Guid id)
    {
        using var anyone = world.Service.Anonymous();
        return (int)(await anyone.GetFromJsonAsync<JsonObject>($"/api/groups/{id}"))!["seatsLeft"]!;
    }

    private async Task<HttpResponseMessage> PatchAsync(Guid id, string body, string? ifMatch)
    {
        using var client = world.AsOperator();
        using var request = new HttpRequestMessage(HttpMethod.Patch, $"/api/groups/{id}") { Content = SchedulingWorld.Json(body) };
        if (ifMatch is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        }

        return await client.SendAsync(request);
    }
}
