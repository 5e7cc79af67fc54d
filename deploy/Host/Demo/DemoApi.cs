using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace GroupTherapy.Host.Demo;

/// <summary>The public API as one signed-in person uses it, patient while services learn from each other over the bus.</summary>
internal sealed class DemoApi(HttpClient http, TimeProvider clock, string? token = null)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public async Task<DemoApi> SignInAsync(string email, CancellationToken ct)
    {
        var answer = await SendAsync(HttpMethod.Post, "/api/identity/login", new { email, password = DemoAccounts.Password }, keyed: false, ct);
        return new DemoApi(http, clock, answer.GetProperty("accessToken").GetString());
    }

    public async Task<JsonElement> GetAsync(string path, CancellationToken ct) =>
        (await TryAsync(HttpMethod.Get, path, null, keyed: false, retryMissing: true, ct)).Body;

    /// <summary>Null when there is nothing there.</summary>
    public async Task<JsonElement?> FindAsync(string path, CancellationToken ct)
    {
        var (status, body) = await TryAsync(HttpMethod.Get, path, null, keyed: false, retryMissing: false, ct);
        return status == HttpStatusCode.NotFound ? null : body;
    }

    /// <summary>All items of a list, page by page.</summary>
    public async Task<IReadOnlyList<JsonElement>> ListAsync(string path, CancellationToken ct)
    {
        var items = new List<JsonElement>();
        for (string? cursor = null; ;)
        {
            var page = await GetAsync($"{path}?limit=500{(cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}")}", ct);
            items.AddRange(page.GetProperty("items").EnumerateArray());
            cursor = page.TryGetProperty("nextCursor", out var next) ? next.GetString() : null;
            if (cursor is null)
            {
                return items;
            }
        }
    }

    /// <summary>Creates. The key is made from the request itself, so a repetition after a lost answer creates nothing twice.</summary>
    public Task<JsonElement> PostAsync(string path, object body, CancellationToken ct) => SendAsync(HttpMethod.Post, path, body, keyed: true, ct);

    /// <summary>Creates what may be there already: a conflict is as good as done.</summary>
    public async Task EnsureAsync(string path, object body, CancellationToken ct) =>
        await TryAsync(HttpMethod.Post, path, body, keyed: true, retryMissing: true, ct, conflictIsFine: true);

    public Task<JsonElement> PutAsync(string path, object body, CancellationToken ct) => SendAsync(HttpMethod.Put, path, body, keyed: false, ct);

    private async Task<JsonElement> SendAsync(HttpMethod method, string path, object body, bool keyed, CancellationToken ct) =>
        (await TryAsync(method, path, body, keyed, retryMissing: true, ct)).Body;

    private async Task<(HttpStatusCode Status, JsonElement Body)> TryAsync(
        HttpMethod method,
        string path,
        object? body,
        bool keyed,
        bool retryMissing,
        CancellationToken ct,
        bool conflictIsFine = false
    )
    {
        var started = clock.GetTimestamp();
        var text = body is null ? null : JsonSerializer.Serialize(body, Format);
        while (true)
        {
            string problem;
            var wait = TimeSpan.FromMilliseconds(500);
            try
            {
                using var request = Request(method, path, text, keyed);
                using var answer = await http.SendAsync(request, ct);
                var content = await answer.Content.ReadAsStringAsync(ct);
                if (answer.IsSuccessStatusCode)
                {
                    return (answer.StatusCode, content.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(content));
                }

                if (answer.StatusCode == HttpStatusCode.NotFound && !retryMissing && answer.Headers.RetryAfter is null)
                {
                    return (answer.StatusCode, default);
                }

                if (answer.StatusCode == HttpStatusCode.Conflict && conflictIsFine)
                {
                    return (answer.StatusCode, default);
                }

                problem = $"{(int)answer.StatusCode} {content}";
                if (!MayPass(answer))
                {
                    throw Failed(method, path, problem);
                }

                wait = answer.Headers.RetryAfter?.Delta ?? wait;
            }
            catch (HttpRequestException e)
            {
                problem = e.Message;
            }

            if (clock.GetElapsedTime(started) > Patience)
            {
                throw Failed(method, path, problem);
            }

            await Task.Delay(wait, clock, ct);
        }
    }

    private HttpRequestMessage Request(HttpMethod method, string path, string? text, bool keyed)
    {
        var request = new HttpRequestMessage(method, path);
        if (text is not null)
        {
            request.Content = new StringContent(text, Encoding.UTF8, "application/json");
        }

        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        if (keyed)
        {
            request.Headers.Add("Idempotency-Key", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{path}\n{text}")))[..32]);
        }

        return request;
    }

    // An event that has not arrived yet, or a service that is not ready, is retried; a refusal is not.
    private static bool MayPass(HttpResponseMessage answer) =>
        answer.StatusCode switch
        {
            HttpStatusCode.NotFound or HttpStatusCode.BadRequest => answer.Headers.RetryAfter is not null,
            HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout => true,
            _ => false,
        };

    private static HostException Failed(HttpMethod method, string path, string problem) =>
        new(
            $"The demonstration data could not be loaded: {method} {path} answered {problem}",
            "The services' logs say more. Without demonstration data: deploy/up --no-demo"
        );
}
