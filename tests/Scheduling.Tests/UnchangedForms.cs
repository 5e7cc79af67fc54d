using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace GroupTherapy.Scheduling.Tests;

/// <summary>What a form shows is sent back as it came: nothing changes, no version grows, nothing is written down or announced.</summary>
public sealed class UnchangedForms(SchedulingWorld world) : IClassFixture<SchedulingWorld>
{
    [Fact]
    public async Task A_practice()
    {
        using var client = world.AsOperator();
        await LeavesNoTraceAsync(client, HttpMethod.Patch, "/api/practices/chicago", "id", "version");
    }

    [Fact]
    public async Task A_program()
    {
        using var client = world.AsOperator();
        using var added = await client.PostAsync("/api/practices/grouport/programs", SchedulingWorld.Json(
            """{"title":"Two weeks","topic":"anxiety","program":[{"week":1,"title":"One","skills":["A"]},{"week":2,"title":"Two","guidance":"Second."}]}"""));
        Assert.Equal("\"1\"", added.Headers.ETag!.ToString());
        var path = added.Headers.Location!.ToString();
        await LeavesNoTraceAsync(client, HttpMethod.Put, path, "id", "practice", "version", "changedAt");
    }

    [Fact]
    public async Task A_group_sent_by_its_operator_and_by_its_facilitator()
    {
        var (lead, co) = (await world.FacilitatorAsync(), await world.FacilitatorAsync());
        var request = SchedulingWorld.Request(lead);
        request["coFacilitatorIds"] = new JsonArray(co.ToString());
        request["program"] = JsonNode.Parse("""[{"week":1,"title":"One","skills":["A"]}]""");
        var path = $"/api/groups/{await world.GroupIdAsync(request)}";
        using var client = world.AsOperator();
        await LeavesNoTraceAsync(client, HttpMethod.Patch, path, "id", "practice", "facilitator", "coFacilitators", "schedule", "startsOn", "seatsLeft",
            "offeredIn", "modality", "part2", "admission", "closed", "version", "weeks", "venue", "nextSessionAt", "nextAdmissionAt");

        // Who may change the program alone may send all that was shown with it.
        using var facilitator = world.Service.As(lead, ["facilitator"], ["grouport"]);
        await LeavesNoTraceAsync(facilitator, HttpMethod.Patch, path);
        var form = (await facilitator.GetFromJsonAsync<JsonObject>(path))!;
        form["program"]![0]!["title"] = "Another";
        using var changed = await facilitator.PatchAsync(path, JsonContent.Create(form));
        Assert.Equal((HttpStatusCode.OK, "\"2\""), (changed.StatusCode, changed.Headers.ETag?.ToString()));
    }

    [Fact]
    public async Task An_availability_that_was_said_and_one_that_was_not()
    {
        var facilitator = await world.FacilitatorAsync();
        using var client = world.Service.As(facilitator, ["facilitator"], ["grouport"]);
        await LeavesNoTraceAsync(client, HttpMethod.Put, "/api/me/availability", "facilitatorId", "version");
        using var set = await client.PutAsync("/api/me/availability", SchedulingWorld.Json(
            """{"timeZone":"America/New_York","weekly":[{"dayOfWeek":"monday","from":"09:00","to":"12:00"}],"breakMinutes":15}"""));
        Assert.Equal(HttpStatusCode.OK, set.StatusCode);
        await LeavesNoTraceAsync(client, HttpMethod.Put, "/api/me/availability", "facilitatorId", "version");
    }

    [Fact]
    public async Task A_creation_that_is_repeated_carries_its_tag_again()
    {
        using var client = world.AsOperator();
        client.DefaultRequestHeaders.Add("Idempotency-Key", $"{Guid.CreateVersion7()}");
        var body = """{"title":"One week","topic":"anxiety","program":[{"week":1,"title":"One"}]}""";
        using var first = await client.PostAsync("/api/practices/grouport/programs", SchedulingWorld.Json(body));
        using var again = await client.PostAsync("/api/practices/grouport/programs", SchedulingWorld.Json(body));
        Assert.Equal("true", again.Headers.GetValues("Idempotency-Replayed").Single());
        Assert.Equal(("\"1\"", first.Headers.Location), (again.Headers.ETag?.ToString(), again.Headers.Location));
    }

    private async Task LeavesNoTraceAsync(HttpClient client, HttpMethod method, string path, params string[] shownAlone)
    {
        using var shown = await client.GetAsync(path);
        var form = JsonNode.Parse(await shown.Content.ReadAsStringAsync())!.AsObject();
        foreach (var name in shownAlone)
        {
            Assert.True(form.ContainsKey(name), $"{path} shows no {name}");
            await IsRefusedAsync(client, method, path, form, name);
        }

        var before = await world.FingerprintAsync();
        using var request = new HttpRequestMessage(method, path) { Content = JsonContent.Create(form) };
        using var answer = await client.SendAsync(request);

        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        Assert.Equal(shown.Headers.ETag, answer.Headers.ETag);
        var after = await answer.Content.ReadAsStringAsync();
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(await shown.Content.ReadAsStringAsync()), JsonNode.Parse(after)), after);
        Assert.Equal(before, await world.FingerprintAsync());
    }

    // What is shown and not set says what is shown, or is refused by its name: a change of it would be lost without a word.
    private static async Task IsRefusedAsync(HttpClient client, HttpMethod method, string path, JsonObject form, string name)
    {
        var other = form.DeepClone().AsObject();
        other[name] = Another(form[name], name);
        using var request = new HttpRequestMessage(method, path) { Content = JsonContent.Create(other) };
        using var answer = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal([name], (await answer.Content.ReadFromJsonAsync<JsonObject>())!["errors"]!.AsObject().Select(e => e.Key));
    }

    private static JsonNode? Another(JsonNode? shown, string name) => shown switch
    {
        null => name.EndsWith("At", StringComparison.Ordinal) ? "2026-01-09T18:00:00Z" : name == "weeks" ? 12 : "another",
        JsonObject one => Changed(one),
        JsonArray list => new JsonArray([.. list.Skip(1).Select(item => item!.DeepClone()), .. list.Count == 0 ? ["US-GU"] : Array.Empty<JsonNode>()]),
        _ => shown.GetValueKind() switch
        {
            JsonValueKind.Number => 4711,
            JsonValueKind.True or JsonValueKind.False => !(bool)shown,
            _ when Guid.TryParse((string)shown!, out _) => Guid.CreateVersion7(),
            _ when DateOnly.TryParseExact((string)shown!, "yyyy-MM-dd", out var day) => day.AddDays(1).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            _ when DateTimeOffset.TryParse((string)shown!, CultureInfo.InvariantCulture, out var at) => at.AddDays(1).ToString("O"),
            _ => "another",
        },
    };

    private static JsonObject Changed(JsonObject shown)
    {
        var other = shown.DeepClone().AsObject();
        var (name, value) = other.First();
        other[name] = Another(value, name);
        return other;
    }
}
