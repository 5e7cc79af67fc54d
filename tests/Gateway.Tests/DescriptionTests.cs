using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace GroupTherapy.Gateway.Tests;

public sealed class DescriptionTests : IAsyncLifetime
{
    private readonly Stage stage = new();

    public ValueTask InitializeAsync() => stage.InitializeAsync();

    public ValueTask DisposeAsync() => stage.DisposeAsync();

    [Fact]
    public async Task One_description_joins_what_each_service_answers_and_survives_a_service_that_is_down()
    {
        stage.Enrollment.Description = Document("enrollment", "/api/enrollments", "/api/groups/{id}/consents", "/internal/audit", "/api/groups");
        stage.Scheduling.Description = Document("scheduling", "/api/groups", "/api/groups/{id}", "/api/groups/{id}/consents", "/calendars/{secret}.ics");
        stage.Room1.Description = stage.Room2.Description = Document("room", "/api/sessions/{id}/join", "/api/identity/login");
        stage.Notifications.Description = Document("notifications", "/api/me/notifications");
        using var client = stage.Client();
        var document = (await client.GetFromJsonAsync<JsonObject>("/openapi/v1.json"))!;
        var paths = document["paths"]!.AsObject().Select(p => p.Key).ToList();
        Assert.Equal(
            [
                "/api/audit",
                "/api/audit/export",
                "/api/audit/verify",
                "/api/enrollments",
                "/api/erasures/proof",
                "/api/groups",
                "/api/groups/{id}",
                "/api/groups/{id}/consents",
                "/api/identity/accounts",
                "/api/identity/accounts/{id}/approve",
                "/api/identity/accounts/{id}/disable",
                "/api/identity/accounts/{id}/enable",
                "/api/identity/accounts/{id}/reset-second-factor",
                "/api/identity/accounts/{id}/withdraw",
                "/api/identity/confirmEmail",
                "/api/identity/external",
                "/api/identity/forgotPassword",
                "/api/identity/invitations/accept",
                "/api/identity/login",
                "/api/identity/login/passkey",
                "/api/identity/login/passkeyOptions",
                "/api/identity/logout",
                "/api/identity/manage/2fa",
                "/api/identity/manage/info",
                "/api/identity/me",
                "/api/identity/passkeys",
                "/api/identity/passkeys/creationOptions",
                "/api/identity/passkeys/{passkeyId}",
                "/api/identity/reauthenticate",
                "/api/identity/refresh",
                "/api/identity/register",
                "/api/identity/resendConfirmationEmail",
                "/api/identity/resetPassword",
                "/api/identity/sessions",
                "/api/identity/sessions/{id}",
                "/api/me/erasure",
                "/api/me/export",
                "/api/me/export/{id}",
                "/api/me/notifications",
                "/api/sessions/{id}/join",
                "/api/work",
                "/api/work/errors",
                "/api/work/errors/replay",
                "/api/work/retry",
                "/calendars/{secret}.ics",
            ],
            paths
        );
        Assert.Equal("enrollment", (string)document["paths"]!["/api/groups/{id}/consents"]!["x-of"]!);
        Assert.Equal("scheduling", (string)document["paths"]!["/api/groups"]!["x-of"]!);
        Assert.Equal("#/components/schemas/scheduling.Thing", (string)document["paths"]!["/api/groups"]!["get"]!["schema"]!["$ref"]!);
        Assert.Equal("""["operator"]""", document["paths"]!["/api/audit"]!["get"]!["x-roles"]!.ToJsonString());
        Assert.Equal("""["anyone"]""", document["paths"]!["/api/identity/login"]!["post"]!["x-roles"]!.ToJsonString());
        var schemas = document["components"]!["schemas"]!.AsObject().Select(s => s.Key).ToList();
        Assert.Contains("enrollment.Thing", schemas);
        Assert.Contains("room.Thing", schemas);
        foreach (var reference in References(document))
        {
            Assert.Contains(reference["#/components/schemas/".Length..], schemas);
        }

        await stage.Scheduling.StopAsync();
        stage.Clock.Advance(TimeSpan.FromMinutes(1));
        var later = (await client.GetFromJsonAsync<JsonObject>("/openapi/v1.json"))!;
        Assert.Equal(document.ToJsonString(), later.ToJsonString());
    }

    [Fact]
    public async Task A_description_is_whole_or_not_there_yet()
    {
        await stage.Enrollment.StopAsync();
        using var client = stage.Client();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.GetAsync("/openapi/v1.json")).StatusCode);
    }

    private static JsonObject Document(string service, params string[] paths) =>
        new()
        {
            ["openapi"] = "3.1.1",
            ["paths"] = new JsonObject(
                paths.Select(p =>
                    KeyValuePair.Create(
                        p,
                        (JsonNode?)
                            new JsonObject
                            {
                                ["x-of"] = service,
                                ["get"] = new JsonObject { ["schema"] = new JsonObject { ["$ref"] = "#/components/schemas/Thing" } },
                            }
                    )
                )
            ),
            ["components"] = new JsonObject { ["schemas"] = new JsonObject { ["Thing"] = new JsonObject { ["type"] = "object" } } },
        };

    private static IEnumerable<string> References(JsonNode? node) =>
        node switch
        {
            JsonObject o => o.SelectMany(p => p is { Key: "$ref", Value: JsonValue v } ? [(string)v!] : References(p.Value)),
            JsonArray a => a.SelectMany(References),
            _ => [],
        };
}
