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
        var credential = new JsonObject
        {
            ["kind"] = "licence",
            ["jurisdiction"] = "US-NY",
            ["type"] = "LMHC",
            ["status"] = "active",
            ["validFrom"] = "2020-01-01",
            ["validTo"] = "2030-01-01",
            ["encumbered"] = false,
            [field] = "a\u0000b",
        };

        using var answer = await operators.PostAsJsonAsync($"/api/facilitators/{world.Ana}/credentials", credential);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.NotNull((await answer.Content.ReadFromJsonAsync<JsonNode>())!["errors"]![field]);
    }
}
