using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Scheduling.Consumers;
using Xunit;

namespace GroupTherapy.Scheduling.Tests;

public sealed class ProgramsOfPractices(SchedulingWorld world) : IClassFixture<SchedulingWorld>
{
    private const string ThreeWeeks = """
        {"title":"Three weeks","topic":"anxiety","program":[
          {"week":1,"title":"One","guidance":"First.","skills":["A"],"homework":"Do A."},
          {"week":2,"title":"Two","guidance":"Second.","skills":["B"],"homework":"Do B."},
          {"week":3,"title":"Three","guidance":"Third.","skills":["C"],"homework":"Do C."}]}
        """;

    [Fact]
    public async Task A_group_begins_with_a_copy_of_a_program_and_keeps_it_when_the_program_changes()
    {
        using var client = world.AsOperator();
        var program = await AddAsync(client);
        var request = SchedulingWorld.Request(await world.FacilitatorAsync(), weeks: 3);
        request.Remove("program");
        request["programId"] = (string)program["id"]!;
        var group = await world.GroupAsync(request);
        Assert.Equal(["One", "Two", "Three"], group["program"]!.AsArray().Select(w => (string)w!["title"]!));

        using var changed = await client.PutAsync(
            $"/api/practices/grouport/programs/{program["id"]}",
            SchedulingWorld.Json("""{"title":"One week","topic":"anxiety","program":[{"week":1,"title":"Only"}]}""")
        );
        Assert.Equal("\"2\"", changed.Headers.ETag!.ToString());
        Assert.Equal(3, (await client.GetFromJsonAsync<JsonObject>($"/api/groups/{group["id"]}"))!["program"]!.AsArray().Count);
        var first = await client.GetFromJsonAsync<JsonObject>($"/api/practices/grouport/programs/{program["id"]}?version=1");
        Assert.Equal("Three weeks", (string)first!["title"]!);
        var listed = (await client.GetFromJsonAsync<JsonObject>("/api/practices/grouport/programs"))!["items"]!.AsArray();
        Assert.Contains(listed, p => (string)p!["id"]! == (string)program["id"]! && (int)p["weeks"]! == 1 && (long)p["version"]! == 2);
    }

    [Fact]
    public async Task Visitors_see_titles_members_what_has_begun_and_staff_all()
    {
        using var client = world.AsOperator();
        var (ana, member) = (await world.FacilitatorAsync(), Guid.CreateVersion7());
        var request = SchedulingWorld.Request(ana, weeks: 3);
        request["program"] = JsonNode.Parse(ThreeWeeks)!["program"]!.DeepClone();
        var group = await world.GroupIdAsync(request);
        await SchedulingWorld.DeliverAsync(
            new AddEnrollmentWhenEnrollmentConfirmed(world.Db),
            new EnrollmentConfirmed(Guid.CreateVersion7(), group, member, 1, world.Clock.Now)
        );
        using var visitor = world.Service.Anonymous();
        using var stranger = world.AsMember(Guid.CreateVersion7());
        using var own = world.AsMember(member);
        using var facilitator = world.Service.As(ana, ["facilitator"], ["grouport"]);
        foreach (var (who, seen) in new[] { (visitor, 0), (stranger, 0), (own, 1), (facilitator, 3), (client, 3) })
        {
            Assert.Equal(seen, await SeenAsync(who, group));
        }

        try
        {
            world.Clock.Now = SchedulingWorld.At((await world.SessionsAsync(group))[1]!["startsAt"]);
            using var later = world.AsMember(member);
            Assert.Equal(2, await SeenAsync(later, group));
        }
        finally
        {
            await world.TurnBackAsync();
        }
    }

    [Fact]
    public async Task A_program_of_another_practice_or_one_that_is_none_is_refused()
    {
        using var client = world.AsOperator();
        var program = await AddAsync(client);
        using var elsewhere = world.AsOperator("chicago");
        await SchedulingWorld.ProblemAsync(await elsewhere.GetAsync($"/api/practices/grouport/programs/{program["id"]}"), HttpStatusCode.NotFound, "not-found");
        using var put = await elsewhere.PutAsync($"/api/practices/chicago/programs/{program["id"]}", SchedulingWorld.Json(ThreeWeeks));
        await SchedulingWorld.ProblemAsync(put, HttpStatusCode.NotFound, "not-found");
        var both = SchedulingWorld.Request(await world.FacilitatorAsync());
        (both["program"], both["programId"]) = (JsonNode.Parse(ThreeWeeks)!["program"]!.DeepClone(), (string)program["id"]!);
        await SchedulingWorld.ProblemAsync(await client.PostAsJsonAsync("/api/groups", both), HttpStatusCode.BadRequest, "validation");
        foreach (
            var body in new[]
            {
                """{"title":"x","topic":"anxiety","program":[]}""",
                """{"title":"","topic":"anxiety","program":[{"week":1,"title":"x"}]}""",
                """{"title":"x","topic":"Anxiety","program":[{"week":1,"title":"x"}]}""",
                """{"title":"x","topic":"anxiety","program":[{"week":1,"title":"x\r\nBEGIN:VALARM"}]}""",
            }
        )
        {
            await SchedulingWorld.ProblemAsync(
                await client.PostAsync("/api/practices/grouport/programs", SchedulingWorld.Json(body)),
                HttpStatusCode.BadRequest,
                "validation"
            );
        }
    }

    private static async Task<JsonObject> AddAsync(HttpClient client)
    {
        using var answer = await client.PostAsync("/api/practices/grouport/programs", SchedulingWorld.Json(ThreeWeeks));
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    /// <summary>How many weeks are told whole; the titles are told always.</summary>
    private static async Task<int> SeenAsync(HttpClient client, Guid group)
    {
        var program = (await client.GetFromJsonAsync<JsonObject>($"/api/groups/{group}"))!["program"]!.AsArray();
        Assert.Equal(["One", "Two", "Three"], program.Select(w => (string)w!["title"]!));
        return program.Count(w => (string)w!["guidance"]! != "" && w["homework"] is not null && w["skills"]!.AsArray().Count > 0);
    }
}
