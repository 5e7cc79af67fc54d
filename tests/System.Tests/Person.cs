using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.SystemTests;

/// <summary>A person who uses the product from outside, by the public contract alone.</summary>
public sealed class Person
{
    public const string Password = "Correct-Horse-9-Battery";
    private readonly HttpClient _http;

    private Person(HttpClient http, string token, JsonNode me) => (_http, Token, Me) = (http, token, me);

    public string Token { get; }

    public JsonNode Me { get; }

    public Guid Id => (Guid)Me["id"]!;

    public Uri Address => _http.BaseAddress!;

    public static async Task<Person> SignInAsync(Deployment deployment, string email, string password = Password)
    {
        var http = deployment.Anonymous();
        using var login = await http.PostAsJsonAsync("/api/identity/login", new { email, password });
        var token = (string)(await BodyAsync(login, HttpStatusCode.OK))["accessToken"]!;
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var me = await http.GetAsync("/api/identity/me");
        return new Person(http, token, await BodyAsync(me, HttpStatusCode.OK));
    }

    /// <summary>A new member, with a profile in a state.</summary>
    public static async Task<Person> NewMemberAsync(Deployment deployment, string state, string legalName = "Somebody New")
    {
        var email = $"{Guid.CreateVersion7():N}@demo.test";
        using (var register = await deployment.Anonymous().PostAsJsonAsync("/api/identity/register", new { email, password = Password }))
        {
            Assert.Equal(HttpStatusCode.OK, register.StatusCode);
        }

        var person = await SignInAsync(deployment, email);
        await person.SendAsync(
            HttpMethod.Put,
            "/api/me/profile",
            new
            {
                legalName,
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
        return person;
    }

    /// <summary>A new facilitator: invited, accepted, and licensed in Florida, New York and New Jersey.</summary>
    public static async Task<Person> NewFacilitatorAsync(Deployment deployment, Person operators, string practice = "grouport")
    {
        var person = await InvitedAsync(deployment, operators, "facilitator", practice);
        var id = person.Id;
        await operators.PostAsync(
            "/api/facilitators",
            new
            {
                accountId = id,
                profession = "counselor",
                location = "US-NY",
            },
            HttpStatusCode.Created
        );
        foreach (var (type, jurisdiction) in new[] { ("LMHC", "US-FL"), ("LMHC", "US-NY"), ("LPC", "US-NJ") })
        {
            await operators.PostAsync(
                $"/api/facilitators/{id}/credentials",
                new
                {
                    kind = "licence",
                    jurisdiction,
                    type,
                    status = "active",
                    validFrom = "2019-01-01",
                    validTo = "2099-12-31",
                    encumbered = false,
                },
                HttpStatusCode.Created
            );
        }

        return person;
    }

    /// <summary>A person whom an operator invited for a role in one practice, signed in.</summary>
    public static async Task<Person> InvitedAsync(Deployment deployment, Person operators, string role, string practice)
    {
        var email = $"{Guid.CreateVersion7():N}@demo.test";
        var invited = await operators.PostAsync(
            "/api/identity/accounts",
            new
            {
                email,
                displayName = "R. Lane, LMHC",
                roles = new[] { role },
                practice,
            },
            HttpStatusCode.Created
        );
        using (
            var accepted = await deployment
                .Anonymous()
                .PostAsJsonAsync("/api/identity/invitations/accept", new { token = (string)invited["invitation"]!, password = Password })
        )
        {
            Assert.Equal(HttpStatusCode.NoContent, accepted.StatusCode);
        }

        return await SignInAsync(deployment, email);
    }

    public Task<JsonNode> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    public Task<JsonNode> PostAsync(string path, object? body = null, HttpStatusCode expected = HttpStatusCode.OK, string? key = null) =>
        SendAsync(HttpMethod.Post, path, body, expected, key);

    public async Task<JsonNode> SendAsync(HttpMethod method, string path, object? body = null, HttpStatusCode expected = HttpStatusCode.OK, string? key = null)
    {
        using var response = await RawAsync(method, path, body, key);
        return await BodyAsync(response, expected);
    }

    public async Task<HttpResponseMessage> RawAsync(HttpMethod method, string path, object? body = null, string? key = null)
    {
        var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        return await _http.SendAsync(request);
    }

    /// <summary>Enrols and confirms.</summary>
    /// <returns>The enrolment's id.</returns>
    public async Task<Guid> SeatAsync(Guid group)
    {
        JsonNode reserved = null!;
        await Eventually.Async(
            async () =>
            {
                using var response = await RawAsync(HttpMethod.Post, "/api/enrollments", new { groupId = group });
                reserved = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
                return response.StatusCode == HttpStatusCode.NotFound ? false
                    : response.StatusCode == HttpStatusCode.Created ? true
                    : throw new InvalidOperationException(reserved.ToJsonString());
            },
            () => "Enrollment did not learn of the group"
        );
        var enrolled = await PostAsync($"/api/enrollments/{reserved["id"]}/confirm", new { consents = Consents(reserved) });
        Assert.Equal("enrolled", (string)enrolled["status"]!);
        return (Guid)enrolled["id"]!;
    }

    public static object[] Consents(JsonNode reserved) =>
        [.. reserved["consents"]!.AsArray().Select(c => (object)new { document = (string)c!["document"]!, version = (int)c["version"]! })];

    /// <summary>Asks to join until the room knows of session and permit (within 5 s while the bus is up).</summary>
    public async Task<JsonNode> JoinAsync(Guid session, string? place, HttpStatusCode expected = HttpStatusCode.OK, string? alias = null)
    {
        JsonNode body = null!;
        HttpStatusCode status = 0;
        await Eventually.Async(
            async () =>
            {
                using var response = await RawAsync(
                    HttpMethod.Post,
                    $"/api/sessions/{session}/join",
                    place is null ? new { alias } : new { location = new { jurisdiction = place }, alias }
                );
                (status, body) = (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!);
                return status == expected && (expected == HttpStatusCode.OK || (string?)body["code"] != "not-enrolled");
            },
            () => $"joining answered {(int)status} {body?.ToJsonString()} and not {(int)expected}",
            TimeSpan.FromSeconds(45)
        );
        return body;
    }

    private static async Task<JsonNode> BodyAsync(HttpResponseMessage response, HttpStatusCode expected)
    {
        var text = await response.Content.ReadAsStringAsync();
        var request = $"{response.RequestMessage!.Method} {response.RequestMessage.RequestUri!.AbsolutePath}";
        Assert.True(response.StatusCode == expected, $"{request} answered {(int)response.StatusCode}, not {(int)expected}: {text}");
        return text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!;
    }
}
