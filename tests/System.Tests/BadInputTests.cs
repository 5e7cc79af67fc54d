using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace GroupTherapy.SystemTests;

/// <summary>What a careless or hostile client sends, through the gateway: a clear answer, and nothing stored.</summary>
[Collection(nameof(Deployment))]
public sealed class BadInputTests(Deployment deployment)
{
    [Theory]
    [InlineData("POST", "/api/enrollments", """{"groupId":"not-an-id"}""", 400, "groupId")]
    [InlineData("POST", "/api/enrollments", """{"groupId":"0197a000-0000-7000-8000-000000000001","status":"enrolled"}""", 400, "status")]
    [InlineData("POST", "/api/enrollments", "{}", 400, null)]
    [InlineData("POST", "/api/enrollments", "", 400, null)]
    [InlineData("POST", "/api/enrollments", "{", 400, null)]
    [InlineData("POST", "/api/enrollments", "[]", 400, null)]
    [InlineData("POST", "/api/enrollments", """{"groupId":"0197a000-0000-7000-8000-000000000001"}""", 404, null)]
    [InlineData("GET", "/api/me/enrollments?limit=0", null, 400, "limit")]
    [InlineData("GET", "/api/me/enrollments?limit=-1", null, 400, "limit")]
    [InlineData("GET", "/api/me/enrollments?cursor=nonsense", null, 400, "cursor")]
    [InlineData("GET", "/api/me/enrollments?limit=9999", null, 200, null)]
    [InlineData("GET", "/api/enrollments?status=held", null, 403, null)]
    [InlineData("GET", "/api/licensing/decisions", null, 403, null)]
    [InlineData("GET", "/api/nothing", null, 404, null)]
    [InlineData("GET", "/internal/keys", null, 404, null)]
    [InlineData("GET", "/api/sessions/0197a000-0000-7000-8000-000000000001/attendance", null, 403, null)]
    [InlineData("POST", "/api/sessions/0197a000-0000-7000-8000-000000000001/join", """{"location":{"jurisdiction":"US-FL"}}""", 404, null)]
    public async Task A_member_gets_the_answer_of_the_contract(string method, string path, string? body, int status, string? field)
    {
        var maya = await Person.SignInAsync(deployment, "maya@demo.test");
        using var http = deployment.Anonymous();
        using var request = new HttpRequestMessage(new HttpMethod(method), path)
        {
            Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", maya.Token);

        using var response = await http.SendAsync(request);

        var text = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode == status, $"{method} {path} answered {(int)response.StatusCode}: {text}");
        if (status >= 400)
        {
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
            var problem = JsonNode.Parse(text)!;
            Assert.Equal($"/problems/{problem["code"]}", (string)problem["type"]!);
            Assert.NotEmpty((string)problem["traceId"]!);
            Assert.DoesNotContain("Exception", text);
            if (field is not null)
            {
                Assert.NotNull(problem["errors"]![field]);
            }
        }
    }

    [Fact]
    public async Task Too_large_a_body_and_another_media_type_are_refused()
    {
        var maya = await Person.SignInAsync(deployment, "maya@demo.test");
        using var http = deployment.Anonymous();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", maya.Token);

        using var large = await http.PutAsync("/api/me/profile", new StringContent(new string(' ', 300 * 1024), Encoding.UTF8, "application/json"));
        using var xml = await http.PutAsync("/api/me/profile", new StringContent("<a/>", Encoding.UTF8, "application/xml"));

        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, HttpStatusCode.UnsupportedMediaType), (large.StatusCode, xml.StatusCode));
    }

    [Theory]
    [InlineData("fl")]
    [InlineData("FL ")]
    [InlineData("ＦＬ")]
    [InlineData("Florida")]
    [InlineData("ZZ")]
    [InlineData("")]
    [InlineData(null)]
    [Trait("hostile", "R10")]
    public async Task A_state_in_any_spelling_but_the_exact_code_is_refused(string? state)
    {
        var maya = await Person.SignInAsync(deployment, "maya@demo.test");
        var before = await maya.GetAsync("/api/me/profile");

        var problem = await maya.SendAsync(
            HttpMethod.Put,
            "/api/me/profile",
            new
            {
                legalName = "Maya",
                dateOfBirth = "1990-01-01",
                phone = "+1 813 555 0100",
                residence = new
                {
                    line1 = "1",
                    city = "T",
                    state,
                    postalCode = "33602",
                    country = "US",
                },
                emergencyContact = new
                {
                    name = "A",
                    phone = "+1 813 555 0101",
                    relation = "friend",
                },
            },
            HttpStatusCode.BadRequest
        );

        Assert.NotNull(problem["errors"]!["residence.state"]);
        Assert.Equal(before.ToJsonString(), (await maya.GetAsync("/api/me/profile")).ToJsonString());
    }

    [Fact]
    public async Task Without_a_sign_in_only_the_public_pages_answer()
    {
        using var http = deployment.Anonymous();
        var description = JsonNode.Parse(await http.GetStringAsync("/openapi/v1.json"))!;
        var open = new List<string>();
        foreach (var (path, operations) in description["paths"]!.AsObject())
        {
            foreach (var (method, _) in operations!.AsObject())
            {
                using var request = new HttpRequestMessage(
                    new HttpMethod(method.ToUpperInvariant()),
                    global::System.Text.RegularExpressions.Regex.Replace(
                        path.Replace("{version}", "1", StringComparison.Ordinal),
                        @"\{[^}]*\}",
                        "0197a000-0000-7000-8000-000000000001"
                    )
                );
                if (method is not "get")
                {
                    request.Content = new StringContent("{}", Encoding.UTF8, "application/json");
                }

                using var response = await http.SendAsync(request);
                if (response.StatusCode != HttpStatusCode.Unauthorized)
                {
                    open.Add($"{method.ToUpperInvariant()} {path}");
                }
            }
        }

        // Signing in itself answers 400 here, for want of a body that makes sense.
        string[] expected =
        [
            "GET /api/groups",
            "GET /api/groups/{id}",
            "GET /api/identity/external",
            "GET /api/jurisdictions",
            "GET /api/notifications/unsubscribe/{token}",
            "GET /api/professions",
            "GET /api/topics",
            "GET /calendars/{secret}.ics",
            "POST /api/erasures/proof",
            "POST /api/identity/confirmEmail",
            "POST /api/identity/forgotPassword",
            "POST /api/identity/invitations/accept",
            "POST /api/identity/login",
            "POST /api/identity/login/passkeyOptions",
            "POST /api/identity/refresh",
            "POST /api/identity/register",
            "POST /api/identity/resendConfirmationEmail",
            "POST /api/identity/resetPassword",
            "POST /api/notifications/unsubscribe/{token}",
        ];
        open.Remove("POST /api/identity/refresh");
        Assert.Equal(
            expected.Except(["POST /api/identity/refresh"]),
            open.Where(o => o.Contains("/api/") || o.Contains("/calendars/")).Order(StringComparer.Ordinal)
        );
    }
}
