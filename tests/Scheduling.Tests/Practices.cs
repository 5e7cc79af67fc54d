using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Scheduling.CommandLine;
using Xunit;

namespace GroupTherapy.Scheduling.Tests;

public sealed class Practices(SchedulingWorld world) : IClassFixture<SchedulingWorld>
{
    [Fact]
    public async Task A_practice_that_was_added_has_safe_values_and_its_operator_opens_a_group()
    {
        Assert.Equal(0, await AddPractice.RunAsync(world.Service.App, ["harbour", "Harbour House"]));
        Assert.Equal(1, await AddPractice.RunAsync(world.Service.App, ["harbour", "Again"]));
        foreach (var wrong in new string[][] { ["platform", "X"], ["H", "X"], ["x", "X"], ["fine", " "], ["fine"], [] })
        {
            Assert.Equal(1, await AddPractice.RunAsync(world.Service.App, wrong));
        }

        using var client = world.AsOperator("harbour");
        var practice = Assert.Single((await client.GetFromJsonAsync<JsonObject>("/api/practices"))!["items"]!.AsArray())!;
        Assert.Equal(("harbour", "Harbour House", "America/New_York"), ((string?)practice["id"], (string?)practice["name"], (string?)practice["timeZone"]));
        Assert.Equal("988", (string?)practice["crisisLines"]![0]!["phone"]);
        Assert.Equal(5, practice["consentDocuments"]!.AsArray().Count);
        Assert.Contains("anxiety", practice["topics"]!.AsArray().Select(t => (string?)t));
        Assert.Equal(30, (int)practice["policies"]!["chatRetentionDays"]!);
        Assert.Contains((await client.GetFromJsonAsync<JsonObject>("/api/topics"))!["items"]!.AsArray(), t => (string?)t!["code"] == "anxiety");

        using var changed = await client.PatchAsJsonAsync("/api/practices/harbour", new { policies = new { camera = "off" } });
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        var request = SchedulingWorld.Request(await world.FacilitatorAsync("Finn", "harbour"));
        request["practice"] = "harbour";
        using var opened = await client.PostAsJsonAsync("/api/groups", request);
        Assert.True(opened.StatusCode == HttpStatusCode.Created, await opened.Content.ReadAsStringAsync());
        Assert.Equal("off", (string?)(await opened.Content.ReadFromJsonAsync<JsonObject>())!["policies"]!["camera"]);
        var published = await world.Db.QueryAsync<string>("select urn from outbox where urn like '%practice-changed%' and body::text like '%\"harbour\"%'");
        Assert.Equal(2, published.Count);
    }

    [Fact]
    public async Task An_operator_changes_the_own_practice_and_does_not_learn_of_another()
    {
        using var client = world.AsOperator("grouport");
        Assert.Equal(["grouport"], (await client.GetFromJsonAsync<JsonObject>("/api/practices"))!["items"]!.AsArray().Select(p => (string?)p!["id"]));
        foreach (var id in new[] { "chicago", "nowhere" })
        {
            using var foreign = await client.GetAsync($"/api/practices/{id}");
            using var change = await client.PatchAsJsonAsync($"/api/practices/{id}", new { name = "Mine" });
            Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (foreign.StatusCode, change.StatusCode));
        }

        using var mixed = world.Service.As(world.Operator, new Dictionary<string, string[]> { ["grouport"] = ["operator"], ["chicago"] = ["facilitator"] });
        using var theirs = await mixed.PatchAsJsonAsync("/api/practices/chicago", new { name = "Mine" });
        Assert.Equal(HttpStatusCode.NotFound, theirs.StatusCode);

        using var before = await client.GetAsync("/api/practices/grouport");
        using var changed = await client.PatchAsJsonAsync(
            "/api/practices/grouport",
            new
            {
                timeZone = "America/Chicago",
                contact = new { email = "hello@example.test" },
                crisisLines = new[] { new { name = "Our own line", phone = "+1 555 0100" } },
                consentDocuments = new[]
                {
                    new
                    {
                        document = "group-rules",
                        title = "House rules",
                        text = "Line one.\nLine two.",
                    },
                },
            }
        );
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        var after = (await client.GetFromJsonAsync<JsonObject>("/api/practices/grouport"))!;
        Assert.Equal("hello@example.test", (string?)after["contact"]!["email"]);
        Assert.Equal(
            ["telehealth", "group-confidentiality", "no-recording", "group-rules", "part-2"],
            after["consentDocuments"]!.AsArray().Select(d => (string?)d!["document"])
        );
        using var stale = new HttpRequestMessage(HttpMethod.Patch, "/api/practices/grouport") { Content = JsonContent.Create(new { name = "Late" }) };
        stale.Headers.IfMatch.Add(before.Headers.ETag!);
        using var late = await client.SendAsync(stale);
        Assert.Equal(HttpStatusCode.PreconditionFailed, late.StatusCode);
    }

    [Theory]
    [InlineData("""{"name":" "}""", "name")]
    [InlineData("""{"name":null}""", "name")]
    [InlineData("""{"timeZone":"UTC+05:00"}""", "timeZone")]
    [InlineData("""{"contact":{"website":"https://name:word@example.org/"}}""", "contact.website")]
    [InlineData("""{"topics":[]}""", "topics")]
    [InlineData("""{"topics":["No Topic"]}""", "topics")]
    [InlineData("""{"topics":[null]}""", "topics")]
    [InlineData("""{"policies":{"camera":"always"}}""", "policies.camera")]
    [InlineData("""{"contact":{"website":"javascript:alert(1)"}}""", "contact.website")]
    [InlineData("""{"crisisLines":[]}""", "crisisLines")]
    [InlineData("""{"crisisLines":[null]}""", "crisisLines[0].name")]
    [InlineData("""{"consentDocuments":[{"document":"other","title":"x","text":"x"}]}""", "consentDocuments[0].document")]
    [InlineData("""{"consentDocuments":[{"document":"part-2","title":"x","text":" "}]}""", "consentDocuments[0].text")]
    [InlineData("""{"consentDocuments":[null]}""", "consentDocuments[0].document")]
    public async Task What_is_not_right_is_told_by_field(string body, string field)
    {
        using var client = world.AsOperator("chicago");
        using var answer = await client.PatchAsync("/api/practices/chicago", SchedulingWorld.Json(body));
        Assert.NotNull((await SchedulingWorld.ProblemAsync(answer, HttpStatusCode.BadRequest, "validation"))["errors"]![field]);
    }
}
