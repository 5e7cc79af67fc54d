using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace GroupTherapy.Enrollment.Tests.Scenarios;

public sealed class CredentialTextTests(EnrollmentWorld world) : IClassFixture<EnrollmentWorld>
{
    [Theory]
    [InlineData("homeState")]
    [InlineData("type")]
    [InlineData("evidence")]
    public async Task A_character_that_cannot_be_stored_is_refused_by_its_field(string field)
    {
        using var operators = world.Operator;
        using var answer = await operators.PostAsJsonAsync($"/api/facilitators/{world.Ana}/credentials", Licence((field, "a\u0000b")));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.NotNull((await answer.Content.ReadFromJsonAsync<JsonNode>())!["errors"]![field]);
    }

    [Theory]
    [InlineData("US-ZZ")]
    [InlineData("us-ny")]
    [InlineData(" ")]
    public async Task A_home_state_is_a_place_for_every_kind(string place)
    {
        using var operators = world.Operator;
        using var answer = await operators.PostAsJsonAsync($"/api/facilitators/{world.Ana}/credentials", Licence(("homeState", place)));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.NotNull((await answer.Content.ReadFromJsonAsync<JsonNode>())!["errors"]!["homeState"]);
    }

    [Fact]
    public async Task A_credential_sent_back_as_it_came_is_no_new_version()
    {
        using var operators = world.Operator;
        using var made = await operators.PostAsJsonAsync($"/api/facilitators/{world.Ana}/credentials", Licence(("evidence", "Seen.")));
        var first = (await made.Content.ReadFromJsonAsync<JsonNode>())!;
        var path = $"/api/facilitators/{world.Ana}/credentials/{first["id"]}";

        using var same = await operators.PutAsJsonAsync(path, first);
        using var later = await operators.PutAsJsonAsync(path, With(first, "version", 2));
        using var other = await operators.PutAsJsonAsync(path, Licence(("evidence", "Seen again.")));

        Assert.Equal(first.ToJsonString(), (await same.Content.ReadFromJsonAsync<JsonNode>())!.ToJsonString());
        Assert.Equal(["version"], (await later.Content.ReadFromJsonAsync<JsonNode>())!["errors"]!.AsObject().Select(e => e.Key));
        Assert.Equal(2, (int)(await other.Content.ReadFromJsonAsync<JsonNode>())!["version"]!);
    }

    [Fact]
    public async Task An_operator_finds_what_needs_a_look_in_one_list_and_another_practice_s_is_not_in_it()
    {
        var (soon, elsewhere) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await world.FacilitatorAsync(soon, "counselor", ["grouport"], ("LMHC", "US-FL", 30), ("LMHC", "US-NY", 120), ("LPC", "US-NJ", 500));
        await world.FacilitatorAsync(elsewhere, "counselor", ["elsewhere"], ("LMHC", "US-FL", 30));
        using var operators = world.Operator;
        var encumbered = With(Licence(("jurisdiction", "US-IL")), "encumbered", true);
        using var restricted = await operators.PostAsJsonAsync($"/api/facilitators/{soon}/credentials", encumbered);
        Assert.Equal(HttpStatusCode.Created, restricted.StatusCode);

        Assert.Equal(["US-FL", "US-IL"], await PlacesAsync(""));
        Assert.Equal(["US-FL", "US-IL", "US-NY"], await PlacesAsync("&days=150"));
        using var wrong = await operators.GetAsync("/api/facilitators/credentials?days=731");
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);

        async Task<IEnumerable<string>> PlacesAsync(string query)
        {
            var items = (await operators.GetFromJsonAsync<JsonNode>($"/api/facilitators/credentials?limit=500{query}"))!["items"]!.AsArray();
            Assert.DoesNotContain(items, i => (Guid)i!["facilitatorId"]! == elsewhere);
            return items.Where(i => (Guid)i!["facilitatorId"]! == soon).Select(i => (string)i!["jurisdiction"]!).Order();
        }
    }

    private static JsonObject With(JsonNode form, string field, JsonNode value)
    {
        var changed = form.DeepClone().AsObject();
        changed[field] = value;
        return changed;
    }

    private static JsonObject Licence((string Field, string Value) with) =>
        new()
        {
            ["kind"] = "licence",
            ["jurisdiction"] = "US-NY",
            ["type"] = "LMHC",
            ["status"] = "active",
            ["validFrom"] = "2020-01-01",
            ["validTo"] = "2030-01-01",
            ["encumbered"] = false,
            [with.Field] = with.Value,
        };
}
