using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.Platform.Tests.Toys;

/// <summary>The toy service on a database of its own.</summary>
public sealed class ToyService : IAsyncLifetime
{
    public ToyDatabase Database { get; private set; } = null!;

    public InProcess Service { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Database = await ToyDatabase.CreateAsync();
        Service = await InProcess.StartAsync(ToyApp.Service, ToyApp.Build, Database.Runtime, Database.Clock);
    }

    public async ValueTask DisposeAsync()
    {
        await Service.DisposeAsync();
        await Database.DisposeAsync();
    }

    public HttpClient Somebody() => Service.As(Guid.CreateVersion7(), "member");

    public Task RuleAsync(string label, string act) => Database.RunAsync("insert into rules values ($1, $2)", label, act);

    public Task NoRuleAsync(string label) => Database.RunAsync("delete from rules where label = $1", label);
}

/// <summary>What a client sees of an answer.</summary>
/// <param name="Text">The body, byte for byte.</param>
public sealed record Answer(HttpStatusCode Status, string Text, bool Replayed, string? Location, TimeSpan? RetryAfter, string? MediaType)
{
    public JsonNode Json => JsonNode.Parse(Text)!;

    public string? Code => (string?)Json["code"];

    public static async Task<Answer> OfAsync(HttpResponseMessage response) =>
        new(
            response.StatusCode,
            await response.Content.ReadAsStringAsync(),
            response.Headers.Contains("Idempotency-Replayed"),
            response.Headers.Location?.ToString(),
            response.Headers.RetryAfter?.Delta,
            response.Content.Headers.ContentType?.MediaType
        );
}

internal static class ToyClient
{
    public static async Task<Answer> MakeAsync(this HttpClient http, string label, string? key, int? count = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/things") { Content = JsonContent.Create(new { label, count }) };
        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        }

        using var response = await http.SendAsync(request);
        return await Answer.OfAsync(response);
    }

    public static async Task<Answer> SendTextAsync(this HttpClient http, string body, string type = "application/json")
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, type);
        using var response = await http.PostAsync("/api/things", content);
        return await Answer.OfAsync(response);
    }

    public static async Task<Answer> ReadAsync(this HttpClient http, string path)
    {
        using var response = await http.GetAsync(path);
        return await Answer.OfAsync(response);
    }
}
