using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Enrollment.Api;
using GroupTherapy.Enrollment.Consumers;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Enrollment.Workers;
using GroupTherapy.Tests.Support;
using static GroupTherapy.Enrollment.Tests.EnrollmentWorld;

namespace GroupTherapy.Enrollment.Tests.Coverage;

public sealed class KeepingCoverageTests(EnrollmentWorld world) : IClassFixture<EnrollmentWorld>
{
    [Fact]
    public async Task Coverage_is_published_for_a_new_group_and_whenever_a_member_joins_moves_or_leaves_and_not_otherwise()
    {
        var group = await world.GroupAsync(10);
        await world.SessionAsync(group, TimeSpan.FromDays(1));
        await ToldAsync(group, c => Members(c).Length == 0 && Places(c, world.Ana).Contains("US-NJ"), "the new group");

        var (_, florida) = await JoinAsync(group, "FL");
        var (_, jersey) = await JoinAsync(group, "NJ");
        await ToldAsync(group, c => Members(c) is [("US-FL", 1), ("US-NJ", 1)], "two members");

        (await jersey.PutAsJsonAsync("/api/me/profile", Profile("TX"))).EnsureSuccessStatusCode();
        await ToldAsync(group, c => Members(c) is [("US-FL", 1), ("US-TX", 1)] && !Places(c, world.Ana).Contains("US-TX"), "the move");
        var told = await world.SentAsync("coverage-changed", group);

        // Nothing that counts has changed: no news. The enrolment's end comes after it, so it would have been told by then.
        (await jersey.PutAsJsonAsync("/api/me/profile", Profile("TX"))).EnsureSuccessStatusCode();
        await world.GroupAsync(12, id: group, version: 2);
        var mine = (await florida.GetFromJsonAsync<JsonNode>("/api/me/enrollments"))!["items"]![0]!["id"];
        (await florida.PostAsJsonAsync($"/api/enrollments/{mine}/cancel", new { })).EnsureSuccessStatusCode();
        await ToldAsync(group, c => Members(c) is [("US-TX", 1)], "the end");
        Assert.Equal(told.Count + 1, (await world.SentAsync("coverage-changed", group)).Count);
        Assert.Equal(
            Enumerable.Range(1, told.Count + 1).Select(v => (long)v),
            (await world.SentAsync("coverage-changed", group)).Select(c => (long)c["version"]!)
        );
    }

    [Fact]
    public async Task A_credential_and_a_colleague_change_who_may_serve_whom()
    {
        var group = await world.GroupAsync(10);
        await world.SessionAsync(group, TimeSpan.FromDays(1));
        await JoinAsync(group, "NY");
        var ben = Guid.CreateVersion7();
        await world.FacilitatorAsync(ben, "social_worker", ["grouport"], ("LCSW", "US-NY", 500));
        await ToldAsync(group, c => Places(c, ben) is ["US-NY"] && Places(c, world.Ana).Length == 3, "Ben's licence");

        var licence = (await world.Operator.GetFromJsonAsync<JsonNode>($"/api/facilitators/{ben}/credentials"))!["items"]![0]!;
        (
            await world.Operator.PutAsJsonAsync(
                $"/api/facilitators/{ben}/credentials/{licence["id"]}",
                new
                {
                    kind = "licence",
                    jurisdiction = "US-NY",
                    type = "LCSW",
                    status = "suspended",
                    validFrom = "2018-01-01",
                    validTo = (string)licence["validTo"]!,
                    encumbered = false,
                }
            )
        ).EnsureSuccessStatusCode();
        await ToldAsync(group, c => Places(c, ben).Length == 0, "the suspension");

        // A facilitator of another practice does not count for this group.
        var cara = Guid.CreateVersion7();
        await world.FacilitatorAsync(cara, "counselor", ["chicago"], ("LMHC", "US-NY", 500));
        var dee = Guid.CreateVersion7();
        await world.FacilitatorAsync(dee, "counselor", ["grouport"], ("LMHC", "US-NY", 500));
        await ToldAsync(group, c => Places(c, dee) is ["US-NY"] && Places(c, cara).Length == 0, "a new colleague");
    }

    [Fact]
    public async Task Reclassified_group_is_covered_anew_and_closed_group_has_no_coverage()
    {
        var group = await world.GroupAsync(10);
        await world.SessionAsync(group, TimeSpan.FromDays(1));
        await JoinAsync(group, "FL");
        await ToldAsync(group, c => Members(c).Length == 1 && Places(c, world.Ana).Length == 3, "therapy");
        await world.GroupAsync(10, "skills_education", id: group, version: 2);
        await ToldAsync(group, c => Places(c, world.Ana).Length == 51, "skills");
        await world.GroupAsync(10, "skills_education", id: group, version: 3, closed: true);
        await ToldAsync(group, c => Members(c).Length == 0 && c["facilitators"]!.AsArray().Count == 0, "the closing");
    }

    [Fact]
    public async Task Anas_licence_that_ends_in_sixty_days_shows_the_seats_in_New_Jersey_uncovered_in_just_the_weeks_after_it()
    {
        var group = await world.GroupAsync(10);
        await JoinAsync(group, "FL");
        var (_, first) = await JoinAsync(group, "NJ");
        await JoinAsync(group, "NJ");
        var sessions = new List<SessionSnapshot>();
        for (var week = 0; week < 12; week++)
        {
            sessions.Add(await world.SessionAsync(group, TimeSpan.FromDays(7 * week) + TimeSpan.FromHours(3)));
        }

        var licence = (await CredentialsAsync(world.Ana)).Single(c => (string)c!["jurisdiction"]! == "US-NJ")!;
        var lastDay = DateOnly
            .ParseExact((string)licence["validTo"]!, "yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture)
            .AddDays(1)
            .ToDateTime(default);
        var ends = new DateTimeOffset(lastDay, TimeZoneInfo.FindSystemTimeZoneById("America/New_York").GetUtcOffset(lastDay));
        var hit = sessions.Where(s => s.EndsAt > ends).ToList();
        Assert.InRange(hit.Count, 3, 4);

        var items = await CoverageAsync(group, "?weeks=12&limit=500");

        Assert.Equal(hit.Select(s => s.SessionId), items.Select(i => (Guid)i["sessionId"]!));
        Assert.All(items, i => Assert.Equal((3, 2), ((int)i["seats"]!, (int)i["uncovered"]!)));
        Assert.All(items, i => Assert.Equal(DayOfWeek.Monday, DateOnly.Parse((string)i["week"]!, System.Globalization.CultureInfo.InvariantCulture).DayOfWeek));
        var loss = Assert.Single(items[0]["losses"]!.AsArray())!;
        Assert.Equal(("US-NJ", 2, (string)licence["recordedAt"]!), ((string)loss["jurisdiction"]!, (int)loss["members"]!, (string)loss["knownSince"]!));
        Assert.Equal(["LOCATION_NOT_AUTHORISED", "LICENCE_EXPIRED"], loss["reasons"]!.AsArray().Select(r => (string)r!["code"]!));
        Assert.Empty(await CoverageAsync(group, "?weeks=2&limit=500"));

        // A member who moved to where the practice offers nothing is uncovered at once, and that is known since the move.
        (await first.PutAsJsonAsync("/api/me/profile", Profile("TX"))).EnsureSuccessStatusCode();
        var moved = await CoverageAsync(group, "?weeks=1&limit=500");
        var texas = Assert.Single(Assert.Single(moved)["losses"]!.AsArray())!;
        Assert.Equal(("US-TX", 1), ((string)texas["jurisdiction"]!, (int)texas["members"]!));
        var movedAt = await world.AskAsync<DateTime>("select max(recorded_at) from residences where jurisdiction = 'US-TX'");
        Assert.Equal(movedAt, DateTimeOffset.Parse((string)texas["knownSince"]!, System.Globalization.CultureInfo.InvariantCulture).UtcDateTime);
    }

    [Theory]
    [InlineData("?weeks=0")]
    [InlineData("?weeks=53")]
    [InlineData("?weeks=-1")]
    [InlineData("?weeks=many")]
    [InlineData("?limit=0")]
    [InlineData("?cursor=abc")]
    public async Task What_cannot_be_asked_is_refused(string query)
    {
        using var answer = await world.Operator.GetAsync($"/api/licensing/coverage{query}");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task Operators_see_coverage_of_their_own_practices_and_pages_join_without_a_gap()
    {
        var group = await world.GroupAsync(10);
        var (_, http) = await JoinAsync(group, "NY");
        for (var week = 0; week < 3; week++)
        {
            await world.SessionAsync(group, TimeSpan.FromDays(7 * week) + TimeSpan.FromHours(5));
        }

        (await http.PutAsJsonAsync("/api/me/profile", Profile("TX"))).EnsureSuccessStatusCode();
        var all = (await world.Operator.GetFromJsonAsync<JsonNode>("/api/licensing/coverage?limit=500"))!["items"]!
            .AsArray()
            .Select(i => i!.ToJsonString())
            .ToList();
        Assert.True(all.Count >= 3);
        var paged = new List<string>();
        for (string? cursor = "", next; cursor is not null; cursor = next)
        {
            var page = (await world.Operator.GetFromJsonAsync<JsonNode>($"/api/licensing/coverage?limit=2{(cursor.Length > 0 ? $"&cursor={cursor}" : "")}"))!;
            paged.AddRange(page["items"]!.AsArray().Select(i => i!.ToJsonString()));
            next = (string?)page["nextCursor"];
        }

        Assert.Equal(all, paged);
        var theirs = await world.Service.As(Guid.CreateVersion7(), ["operator"], ["chicago"]).GetFromJsonAsync<JsonNode>("/api/licensing/coverage");
        Assert.Empty(theirs!["items"]!.AsArray());
        using var member = await http.GetAsync("/api/licensing/coverage");
        Assert.Equal(HttpStatusCode.Forbidden, member.StatusCode);
    }

    [Fact]
    public async Task Ben_substitutes_for_Ana_and_the_members_in_New_York_go_on_while_Florida_and_New_Jersey_are_denied()
    {
        var group = await world.GroupAsync(10);
        var session = await world.SessionAsync(group, TimeSpan.FromHours(2));
        var members = new Dictionary<string, Guid>();
        foreach (var state in new[] { "FL", "NY", "NJ" })
        {
            members[state] = (await JoinAsync(group, state)).Id;
        }

        var ben = Guid.CreateVersion7();
        await world.FacilitatorAsync(ben, "social_worker", ["grouport"], ("LCSW", "US-NY", 500));
        await ToldAsync(group, c => Members(c) is [("US-FL", 1), ("US-NJ", 1), ("US-NY", 1)] && Places(c, ben) is ["US-NY"], "what Scheduling refuses Ben by");

        await world.DeliverAsync<DecideAgainWhenFacilitatorSubstituted, FacilitatorSubstituted>(
            new FacilitatorSubstituted(session with { LeadFacilitatorId = ben, Version = 2 }, world.Clock.GetUtcNow())
        );

        foreach (var (state, member) in members)
        {
            JsonNode? permit = null;
            await Eventually.Async(
                async () => (permit = await world.LastSentAsync("permit-changed", member)) is not null && Row(permit, "US-FL") == "deny",
                () => $"the permit of the member in {state} did not follow: {permit?.ToJsonString()}"
            );
            Assert.Equal("allow", Row(permit!, "US-NY"));
            Assert.Equal(("deny", "deny"), (Row(permit!, "US-FL"), Row(permit!, "US-NJ")));
            Assert.All(new[] { "LOCATION_NOT_AUTHORISED", "SUBSTITUTE_NOT_AUTHORISED" }, code => Assert.Contains(code, Codes(permit!, "US-NJ")));
        }

        var item = Assert.Single(await CoverageAsync(group, "?weeks=1&limit=500"));
        Assert.Equal([("US-FL", 1), ("US-NJ", 1)], item["losses"]!.AsArray().Select(l => ((string)l!["jurisdiction"]!, (int)l["members"]!)));
        Assert.Contains(item["losses"]![0]!["reasons"]!.AsArray(), r => (string)r!["code"]! == "SUBSTITUTE_NOT_AUTHORISED");
    }

    [Fact]
    public async Task While_members_join_move_and_leave_and_licences_change_no_member_is_removed_and_the_last_coverage_is_true()
    {
        var group = await world.GroupAsync(40);
        await world.SessionAsync(group, TimeSpan.FromDays(1));
        var busy = Guid.CreateVersion7();
        await world.FacilitatorAsync(busy, "counselor", ["grouport"], ("LMHC", "US-FL", 100));
        var cid = (string)(await CredentialsAsync(busy))[0]!["id"]!;

        var licences = Enumerable
            .Range(0, 15)
            .Select(async i =>
            {
                using var put = await world.Operator.PutAsJsonAsync(
                    $"/api/facilitators/{busy}/credentials/{cid}",
                    new
                    {
                        kind = "licence",
                        jurisdiction = "US-FL",
                        type = "LMHC",
                        status = i % 2 == 0 ? "active" : "suspended",
                        validFrom = "2018-01-01",
                        validTo = "2099-01-01",
                        encumbered = false,
                    }
                );
                Assert.Equal(HttpStatusCode.OK, put.StatusCode);
            });
        var people = Enumerable
            .Range(0, 20)
            .Select(async i =>
            {
                var (_, http) = await JoinAsync(group, i % 2 == 0 ? "FL" : "NY");
                using var move = await http.PutAsJsonAsync("/api/me/profile", Profile("NJ"));
                Assert.Equal(HttpStatusCode.OK, move.StatusCode);
                if (i % 4 == 0)
                {
                    var mine = (await http.GetFromJsonAsync<JsonNode>("/api/me/enrollments"))!["items"]![0]!["id"];
                    using var left = await http.PostAsJsonAsync($"/api/enrollments/{mine}/cancel", new { });
                    Assert.Equal(HttpStatusCode.OK, left.StatusCode);
                }
            });
        await Task.WhenAll([.. licences, .. people]);

        await ToldAsync(group, c => Members(c) is [("US-NJ", 15)], "fifteen who stayed and moved");
        await Eventually.Async(
            async () => await world.AskAsync<long>("select count(*) from due_work where kind like 'coverage.%' and due_at <= now()") == 0,
            () => "marks stayed"
        );
        Assert.Equal([("US-NJ", 15)], Members((await world.SentAsync("coverage-changed", group))[^1]));
    }

    private async Task<(Guid Id, HttpClient Http)> JoinAsync(Guid group, string state)
    {
        var (id, http) = await world.MemberInAsync(state);
        var (_, reserved) = await EnrolAsync(http, group);
        Assert.Equal(HttpStatusCode.OK, (await ConfirmAsync(http, reserved)).Status);
        return (id, http);
    }

    private async Task<JsonArray> CredentialsAsync(Guid facilitator) =>
        (await world.Operator.GetFromJsonAsync<JsonNode>($"/api/facilitators/{facilitator}/credentials"))!["items"]!.AsArray();

    private async Task<List<JsonNode>> CoverageAsync(Guid group, string query) =>
        [
            .. (await world.Operator.GetFromJsonAsync<JsonNode>($"/api/licensing/coverage{query}"))!["items"]!
                .AsArray()
                .Where(i => (Guid)i!["groupId"]! == group)
                .Select(i => i!),
        ];

    private async Task ToldAsync(Guid group, Func<JsonNode, bool> holds, string what)
    {
        JsonNode? last = null;
        await Eventually.Async(
            async () => (last = await world.LastSentAsync("coverage-changed", group)) is not null && holds(last),
            () => $"the coverage did not follow {what}: {last?.ToJsonString()}"
        );
    }

    private static (string Place, int Members)[] Members(JsonNode coverage) =>
        [.. coverage["members"]!.AsArray().Select(m => ((string)m!["jurisdiction"]!, (int)m["members"]!))];

    private static string[] Places(JsonNode coverage, Guid facilitator) =>
        [
            .. coverage["facilitators"]!
                .AsArray()
                .Where(f => (Guid)f!["facilitatorId"]! == facilitator)
                .SelectMany(f => f!["places"]!.AsArray())
                .Select(p => (string)p!["jurisdiction"]!),
        ];

    private static string Row(JsonNode permit, string place) => (string)Place(permit, place)["outcome"]!;

    private static string[] Codes(JsonNode permit, string place) =>
        [.. Place(permit, place)["reasons"]!.AsArray().Select(position => (string)permit["reasons"]![(int)position!]!["code"]!)];

    private static JsonNode Place(JsonNode permit, string place) => permit["places"]!.AsArray().Single(p => (string)p!["jurisdiction"]! == place)!;
}
