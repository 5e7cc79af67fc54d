using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.History;

/// <summary>An answer over HTTP. Status 0: there was none, and the request may have been carried out or not.</summary>
public readonly record struct Answer(HttpStatusCode Status, JsonNode? Body)
{
    public bool IsDone => (int)Status is >= 200 and < 300;

    /// <summary>It may have happened, or may happen when it is asked again.</summary>
    public bool IsOpen => (int)Status is 0 or 429 or >= 500 || Body?["code"] is { } code && (string)code! is "try-again" or "request-in-progress";

    public string Code => (string?)Body?["code"] ?? $"{(int)Status}";
}

/// <summary>A person with an account, through the gateway.</summary>
public sealed class Account
{
    private const string Password = "Correct-Horse-9-Battery";

    private readonly Site _site;
    private readonly string _email;
    private readonly HttpClient _http;
    private string _token = "";
    private DateTimeOffset _renewAt;

    private Account(Site site, string email) => (_site, _email, _http) = (site, email, site.Anonymous(TimeSpan.FromSeconds(10)));

    public Guid Id { get; private set; }

    public static async Task<Account> SignInAsync(Site site, string email)
    {
        var account = new Account(site, email);
        await Eventually.Async(account.SignInAsync, () => $"{email} could not sign in", TimeSpan.FromSeconds(60));
        account.Id = (Guid)(await account.DoAsync(HttpMethod.Get, "/api/identity/me"))["id"]!;
        return account;
    }

    /// <summary>A new member who lives in a state.</summary>
    public static async Task<Account> NewMemberAsync(Site site, string state = "NY")
    {
        var email = $"{Guid.CreateVersion7():n}@demo.test";
        using (var http = site.Anonymous())
        {
            // A member may come while a fault lasts. Whether a request that failed was carried out does not matter: a repeat answers the same.
            var status = HttpStatusCode.OK;
            await Eventually.Async(
                async () =>
                {
                    using var registered = await http.PostAsJsonAsync("/api/identity/register", new { email, password = Password });
                    status = registered.StatusCode;
                    return registered.IsSuccessStatusCode;
                },
                () => $"{email} could not register: {status}",
                TimeSpan.FromSeconds(60)
            );
        }

        var account = await SignInAsync(site, email);
        await account.DoAsync(
            HttpMethod.Put,
            "/api/me/profile",
            new
            {
                legalName = "Somebody Recorded",
                dateOfBirth = "1988-02-29",
                phone = "+1 212 555 0100",
                residence = new
                {
                    line1 = "1 Main Street",
                    city = "Town",
                    state,
                    postalCode = "10001",
                    country = "US",
                },
                emergencyContact = new
                {
                    name = "A Friend",
                    phone = "+1 212 555 0101",
                    relation = "friend",
                },
            }
        );
        return account;
    }

    /// <summary>A new facilitator, licensed in New York.</summary>
    public static async Task<Account> NewFacilitatorAsync(Site site, Account operators)
    {
        var email = $"{Guid.CreateVersion7():n}@demo.test";
        var invited = await operators.DoAsync(
            HttpMethod.Post,
            "/api/identity/accounts",
            new
            {
                email,
                displayName = "R. Corder, LMHC",
                roles = new[] { "facilitator" },
                practice = "grouport",
            }
        );
        using (var http = site.Anonymous())
        {
            (
                await http.PostAsJsonAsync("/api/identity/invitations/accept", new { token = (string)invited["invitation"]!, password = Password })
            ).EnsureSuccessStatusCode();
        }

        var id = (Guid)invited["id"]!;
        await operators.DoAsync(
            HttpMethod.Post,
            "/api/facilitators",
            new
            {
                accountId = id,
                profession = "counselor",
                location = "US-NY",
            }
        );
        await operators.DoAsync(
            HttpMethod.Post,
            $"/api/facilitators/{id}/credentials",
            new
            {
                kind = "licence",
                jurisdiction = "US-NY",
                type = "LMHC",
                status = "active",
                validFrom = "2019-01-01",
                validTo = "2099-12-31",
                encumbered = false,
            }
        );
        return await SignInAsync(site, email);
    }

    /// <param name="hub">Where the hub is reached instead of the gateway.</param>
    public async Task<Door> DoorAsync(Uri? hub = null)
    {
        if (TimeProvider.System.GetUtcNow() > _renewAt)
        {
            await SignInAsync();
        }

        return new Door(_http, hub ?? _site.Gateway, _token);
    }

    /// <summary>Asks once. A token that is over is renewed.</summary>
    /// <param name="key">An idempotency key.</param>
    public async Task<Answer> AskAsync(HttpMethod method, string path, object? body = null, string? key = null)
    {
        try
        {
            var answer = await SendAsync(method, path, body, key);
            return answer.Status == HttpStatusCode.Unauthorized && await SignInAsync() ? await SendAsync(method, path, body, key) : answer;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or JsonException or IOException)
        {
            return default;
        }
    }

    /// <summary>Asks, under one key, until it is done; for what must succeed.</summary>
    public async Task<JsonNode> DoAsync(HttpMethod method, string path, object? body = null)
    {
        var (key, last) = ($"{Guid.CreateVersion7()}", default(Answer));
        await Eventually.Async(
            async () => (last = await AskAsync(method, path, body, method == HttpMethod.Post ? key : null)).IsDone,
            () => $"{method} {path} answered {(int)last.Status} {last.Body?.ToJsonString()}",
            TimeSpan.FromSeconds(40)
        );
        return last.Body ?? new JsonObject();
    }

    private async Task<bool> SignInAsync()
    {
        using var login = await _http.PostAsJsonAsync("/api/identity/login", new { email = _email, password = Password });
        if (!login.IsSuccessStatusCode)
        {
            return false;
        }

        var answer = JsonNode.Parse(await login.Content.ReadAsStringAsync())!;
        (_token, _renewAt) = ((string)answer["accessToken"]!, TimeProvider.System.GetUtcNow().AddSeconds((double)answer["expiresIn"]! / 2));
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _token);
        return true;
    }

    private async Task<Answer> SendAsync(HttpMethod method, string path, object? body, string? key)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        using var response = await _http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return new Answer(response.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text));
    }
}
