using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace GroupTherapy.Scheduling.Tests;

public sealed class ReadingTheCatalogue(SchedulingWorld world) : IClassFixture<SchedulingWorld>
{
    [Fact]
    public async Task A_card_has_the_fields_of_the_contract_and_how_people_meet()
    {
        var request = SchedulingWorld.Request(await world.FacilitatorAsync());
        request["topic"] = "exact-fields";
        await world.GroupIdAsync(request);
        var card = (await ListAsync("?topic=exact-fields")).Single()!.AsObject();
        Assert.Equal(
            [
                "id",
                "practice",
                "name",
                "topic",
                "serviceClass",
                "facilitator",
                "schedule",
                "nextSessionAt",
                "capacity",
                "seatsLeft",
                "offeredIn",
                "summary",
                "modality",
            ],
            card.Select(f => f.Key)
        );
        Assert.Equal(["id", "displayName", "credentials"], card["facilitator"]!.AsObject().Select(f => f.Key));
        Assert.Equal(
            """{"dayOfWeek":"tuesday","localTime":"19:00","timeZone":"America/New_York","durationMinutes":60,"intervalWeeks":1}""",
            card["schedule"]!.ToJsonString()
        );
    }

    [Fact]
    public async Task The_lists_of_the_catalogue_are_the_same_bytes_for_a_visitor_a_member_and_an_operator()
    {
        var request = SchedulingWorld.Request(await world.FacilitatorAsync());
        request["topic"] = "same-for-all";
        await world.GroupIdAsync(request);
        using var visitor = world.Service.Anonymous();
        using var member = world.AsMember(Guid.CreateVersion7());
        using var operators = world.AsOperator();
        foreach (var path in new[] { "/api/groups?topic=same-for-all", "/api/topics" })
        {
            var told = await visitor.GetStringAsync(path);
            Assert.Equal(told, await member.GetStringAsync(path));
            Assert.Equal(told, await operators.GetStringAsync(path));
        }
    }

    [Fact]
    [Trait("hostile", "R35")]
    public async Task Filters_narrow_and_unknown_values_find_nothing_or_are_refused()
    {
        var ana = await world.FacilitatorAsync("Ana Reyes", "grouport", "chicago");
        var therapy = SchedulingWorld.Request(ana, localTime: "08:00");
        therapy["topic"] = "filter-me";
        var skills = SchedulingWorld.Request(ana, localTime: "10:00");
        (skills["topic"], skills["serviceClass"]) = ("filter-me", "skills_education");
        var chicago = SchedulingWorld.Request(ana, localTime: "12:00", timeZone: "America/Chicago");
        (chicago["topic"], chicago["practice"]) = ("filter-me", "chicago");
        var (t, s, c) = (await world.GroupIdAsync(therapy), await world.GroupIdAsync(skills), await world.GroupIdAsync(chicago));

        foreach (
            var (query, expected) in new (string, Guid[])[]
            {
                ("", [t, s, c]),
                ("&practice=grouport", [t, s]),
                ("&practice=chicago", [c]),
                ("&practice=nowhere", []),
                ("&serviceClass=skills_education", [s]),
                ("&serviceClass=intake", []),
                ("&state=US-FL", [t, s, c]),
                ("&state=US-NY", [t, s]),
                ("&state=US-KS", [s, c]),
                ("&state=US-TX", [s]),
                ("&state=US-DC", [s]),
                ("&state=US-PR", []),
                ("&state=FOREIGN", []),
                ("&state=US-KS&practice=chicago&serviceClass=psychotherapy_group", [c]),
            }
        )
        {
            Assert.Equal(expected.Order(), (await ListAsync($"?topic=filter-me{query}")).Select(g => (Guid)g!["id"]!).Order());
        }

        Assert.Equal(51, (await ListAsync("?topic=filter-me&state=US-TX")).Single()!["offeredIn"]!.AsArray().Count);
        using var anyone = world.Service.Anonymous();
        foreach (
            var bad in new[]
            {
                "state=fl",
                "state=FL",
                "state=US-ZZ",
                "state=us-fl",
                "state=US-FL%00",
                "state=",
                "serviceClass=massage",
                "topic=%27%20or%201=1",
                "practice=%25",
                "limit=0",
                "limit=-1",
                "limit=x",
                "cursor=abc",
            }
        )
        {
            using var answer = await anyone.GetAsync($"/api/groups?{bad}");
            Assert.True(answer.StatusCode == HttpStatusCode.BadRequest, bad);
            Assert.NotNull((await SchedulingWorld.ProblemAsync(answer, HttpStatusCode.BadRequest, "validation"))["errors"]![bad.Split('=')[0]]);
        }
    }

    [Fact]
    public async Task Pages_follow_each_other_without_a_gap_and_without_a_repeat()
    {
        var ana = await world.FacilitatorAsync();
        var ids = new List<Guid>();
        for (var hour = 8; hour < 15; hour++)
        {
            var request = SchedulingWorld.Request(ana, localTime: $"{hour:00}:00", weeks: 1);
            request["topic"] = "paged";
            ids.Add(await world.GroupIdAsync(request));
        }

        using var anyone = world.Service.Anonymous();
        var seen = new List<Guid>();
        string? cursor = null;
        do
        {
            var page = (await anyone.GetFromJsonAsync<JsonObject>($"/api/groups?topic=paged&limit=3{(cursor is null ? "" : $"&cursor={cursor}")}"))!;
            seen.AddRange(page["items"]!.AsArray().Select(g => (Guid)g!["id"]!));
            cursor = (string?)page["nextCursor"];
        } while (cursor is not null);
        Assert.Equal(ids.Order(), seen);
        Assert.Equal(7, (await ListAsync("?topic=paged&limit=2147483648")).Count);
    }

    [Fact]
    public async Task A_group_that_is_not_there_is_404_and_an_id_that_is_none_is_400()
    {
        using var anyone = world.Service.Anonymous();
        await SchedulingWorld.ProblemAsync(await anyone.GetAsync($"/api/groups/{Guid.CreateVersion7()}"), HttpStatusCode.NotFound, "not-found");
        await SchedulingWorld.ProblemAsync(await anyone.GetAsync("/api/groups/anxiety"), HttpStatusCode.BadRequest, "validation");
        using var member = world.AsMember(Guid.CreateVersion7());
        await SchedulingWorld.ProblemAsync(await member.GetAsync($"/api/groups/{Guid.CreateVersion7()}/sessions"), HttpStatusCode.NotFound, "not-found");
    }

    [Fact]
    public async Task The_next_session_is_the_first_that_is_not_over_and_not_cancelled()
    {
        var id = await world.GroupIdAsync(SchedulingWorld.Request(await world.FacilitatorAsync(), "2026-01-05", "11:30", "Etc/UTC", weeks: 3));
        Assert.Equal("2026-01-05T11:30:00Z", await NextAsync(id));
        using var client = world.AsOperator();
        using var cancelled = await client.PostAsync(
            $"/api/sessions/{(await world.SessionsAsync(id))[0]!["id"]}/cancel",
            SchedulingWorld.Json("""{"reason":"Ill"}""")
        );
        Assert.Equal("2026-01-12T11:30:00Z", await NextAsync(id));
    }

    [Fact]
    public async Task Every_open_endpoint_and_no_other_answers_without_a_sign_in()
    {
        using var anyone = world.Service.Anonymous();
        var document = (await anyone.GetFromJsonAsync<JsonObject>("/openapi/v1.json"))!;
        var open = new List<string>();
        foreach (var (path, item) in document["paths"]!.AsObject())
        {
            foreach (var (method, operation) in item!.AsObject())
            {
                using var request = new HttpRequestMessage(new HttpMethod(method), path.Replace("{id}", $"{Guid.CreateVersion7()}", StringComparison.Ordinal))
                {
                    Content = SchedulingWorld.Json("{}"),
                };
                using var answer = await anyone.SendAsync(request);
                var isOpen = operation!["x-roles"]!.AsArray().Any(r => (string?)r == "anyone");
                Assert.Equal(isOpen, answer.StatusCode != HttpStatusCode.Unauthorized);
                if (isOpen)
                {
                    open.Add($"{method} {path}");
                }
            }
        }

        Assert.Equal(["get /api/groups", "get /api/groups/{id}", "get /api/topics", "get /calendars/{secret}.ics"], open.Order());
        Assert.Equal(
            [
                "/api/bookings",
                "/api/calendar",
                "/api/facilitators/{id}/availability",
                "/api/facilitators/{id}/free-hours",
                "/api/free-hours",
                "/api/groups",
                "/api/groups/{id}",
                "/api/groups/{id}/changes",
                "/api/groups/{id}/close",
                "/api/groups/{id}/sessions",
                "/api/me/availability",
                "/api/me/calendar-feed",
                "/api/me/sessions",
                "/api/me/sessions/{id}/absence",
                "/api/practices",
                "/api/practices/{id}",
                "/api/practices/{id}/holidays",
                "/api/practices/{id}/holidays/{holidayId}",
                "/api/practices/{id}/programs",
                "/api/practices/{id}/programs/{programId}",
                "/api/sessions/{id}/absences",
                "/api/sessions/{id}/admission",
                "/api/sessions/{id}/cancel",
                "/api/sessions/{id}/cover-request",
                "/api/sessions/{id}/quorum",
                "/api/sessions/{id}/reschedule",
                "/api/sessions/{id}/substitute",
                "/api/sessions/{id}/substitutes",
                "/api/topics",
                "/api/uncovered-sessions",
                "/calendars/{secret}.ics",
            ],
            document["paths"]!.AsObject().Select(p => p.Key).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task Each_operation_describes_what_it_takes_and_what_it_answers()
    {
        using var anyone = world.Service.Anonymous();
        var document = (await anyone.GetFromJsonAsync<JsonObject>("/openapi/v1.json"))!;
        JsonNode Resolve(JsonNode schema) =>
            schema["oneOf"] is JsonArray either ? Resolve(either.Single(e => (string?)e!["type"] != "null")!)
            : (string?)schema["$ref"] is { } reference ? document["components"]!["schemas"]![reference.Split('/')[^1]]!
            : schema;
        string[] Fields(JsonNode schema) => [.. Resolve(schema)["properties"]!.AsObject().Select(p => p.Key)];
        JsonNode Operation(string path, string method) => document["paths"]![path]![method]!;
        string[] Parameters(string path) => [.. Operation(path, "get")["parameters"]!.AsArray().Select(p => (string)p!["name"]!).Order()];
        JsonNode Answer(string path, string method, string status = "200") =>
            Operation(path, method)["responses"]![status]!["content"]!["application/json"]!["schema"]!;
        JsonNode Body(string path, string method) => Operation(path, method)["requestBody"]!["content"]!["application/json"]!["schema"]!;

        Assert.Equal(["items", "nextCursor"], Fields(Answer("/api/groups", "get")));
        Assert.Contains("policies", Fields(Answer("/api/groups", "post", "201")));
        Assert.Contains("offeredIn", Fields(Answer("/api/groups/{id}", "get")));
        Assert.Equal(["cursor", "limit", "practice", "serviceClass", "state", "topic"], Parameters("/api/groups"));
        Assert.Equal(["cursor", "from", "id", "limit", "to"], Parameters("/api/groups/{id}/sessions"));
        Assert.Equal("""["null","string"]""", Resolve(Answer("/api/groups/{id}", "get"))["properties"]!["nextSessionAt"]!["type"]!.ToJsonString());
        Assert.Equal("string", (string?)Resolve(Answer("/api/sessions/{id}/cancel", "post"))["properties"]!["startsAt"]!["type"]);
        Assert.Equal(
            ["startsOn", "localTime", "timeZone", "durationMinutes", "weeks", "intervalWeeks"],
            Fields(Resolve(Body("/api/groups", "post"))["properties"]!["schedule"]!)
        );
        Assert.Equal(
            ["practice", "name", "topic", "serviceClass", "capacity", "facilitatorId", "schedule"],
            Resolve(Body("/api/groups", "post"))["required"]!.AsArray().Select(f => (string?)f)
        );
        Assert.Equal(["startsAt", "durationMinutes", "acceptTimeOff"], Fields(Body("/api/sessions/{id}/reschedule", "post")));
        Assert.Equal(["reason"], Fields(Body("/api/sessions/{id}/cancel", "post")));
        Assert.Equal(["url"], Fields(Answer("/api/me/calendar-feed", "post")));
    }

    private async Task<string?> NextAsync(Guid id)
    {
        using var anyone = world.Service.Anonymous();
        return (string?)(await anyone.GetFromJsonAsync<JsonObject>($"/api/groups/{id}"))!["nextSessionAt"];
    }

    private async Task<JsonArray> ListAsync(string query)
    {
        using var anyone = world.Service.Anonymous();
        return (await anyone.GetFromJsonAsync<JsonObject>($"/api/groups{query}"))!["items"]!.AsArray();
    }
}
