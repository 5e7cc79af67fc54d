using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace GroupTherapy.Enrollment.Tests.RuleSets;

/// <summary>What two operators do with rule sets, through HTTP.</summary>
internal sealed class Office(EnrollmentWorld world)
{
    private const string Shelf = "/api/licensing/rule-sets";

    public HttpClient First { get; } = world.Service.As(world.OperatorId, "operator");

    public HttpClient Second { get; } = world.Service.As(Guid.CreateVersion7(), "operator");

    public static async Task<(HttpStatusCode Status, JsonNode Body)> SendAsync(
        HttpClient http,
        HttpMethod method,
        string path,
        object? body = null,
        string? ifMatch = null
    )
    {
        using var request = new HttpRequestMessage(method, path.StartsWith('/') ? path : $"{Shelf}/{path}")
        {
            Content = body is null ? null : JsonContent.Create(body),
        };
        if (ifMatch is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        }

        using var response = await http.SendAsync(request);
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync()) ?? new JsonObject());
    }

    public Task<(HttpStatusCode Status, JsonNode Body)> PostAsync(string path, object? body = null) => SendAsync(First, HttpMethod.Post, path, body);

    public Task<(HttpStatusCode Status, JsonNode Body)> GetAsync(string path) => SendAsync(First, HttpMethod.Get, path);

    /// <summary>A draft by the first operator.</summary>
    public async Task<JsonNode> DraftAsync(object? body = null)
    {
        var (status, draft) = await PostAsync(Shelf, body);
        Assert.Equal(HttpStatusCode.Created, status);
        return draft;
    }

    /// <summary>A draft by the first operator with some rows changed, saved.</summary>
    public async Task<int> DraftWithAsync(Action<JsonNode> edit)
    {
        var draft = await DraftAsync();
        edit(draft["document"]!);
        var (status, body) = await SendAsync(First, HttpMethod.Put, $"{draft["version"]}", draft);
        Assert.True(status == HttpStatusCode.OK, body.ToJsonString());
        return (int)draft["version"]!;
    }

    /// <summary>Submitted by the first and published by the second operator.</summary>
    public async Task<JsonNode> PublishAsync(int version, DateTimeOffset? effectiveFrom = null, bool? retroactive = null)
    {
        var (submitted, body) = await PostAsync($"{version}/submit");
        Assert.True(submitted == HttpStatusCode.OK, body.ToJsonString());
        var (published, whole) = await SendAsync(Second, HttpMethod.Post, $"{version}/publish", new { effectiveFrom, retroactive });
        Assert.True(published == HttpStatusCode.OK, whole.ToJsonString());
        return whole;
    }

    public static JsonNode Row(JsonNode document, string list, string id) => document[list]!.AsArray().Single(row => (string)row!["id"]! == id)!;

    /// <summary>Florida's board licenses nobody any more.</summary>
    public static void CloseFlorida(JsonNode document) => Row(document, "routePolicies", "route-us-fl-licence")["effect"] = "deny";

    public static string? Code(JsonNode problem) => (string?)problem["code"];
}
