using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace GroupTherapy.Gateway.Tests;

/// <summary>A person's copy of everything: Identity's own part, and what stubs of the others hold.</summary>
public sealed class ExportTests(Stage stage) : IClassFixture<Stage>
{
    private const string Script = "<script>alert('=HYPERLINK(1)')</script>";

    [Fact]
    public async Task R37_what_is_held_of_a_person_is_collected_and_read_as_JSON_and_as_a_page_in_which_nothing_is_markup()
    {
        stage.Enrollment.Internal["/internal/me/export"] = _ => TypedResults.Ok(new { profile = new[] { new { legalName = Script } } });
        stage.Scheduling.Internal["/internal/me/export"] = _ => TypedResults.Ok(new { groups = Array.Empty<object>() });
        stage.Room1.Internal["/internal/me/export"] = stage.Room2.Internal["/internal/me/export"] =
            _ => TypedResults.Ok(new { messages = new[] { new { text = "Hello" } } });
        var signIn = await stage.SignInAsync();
        using var client = stage.Client(signIn.AccessToken);

        using var asked = await client.GetAsync("/api/me/export");
        Assert.Equal(HttpStatusCode.Accepted, asked.StatusCode);
        JsonObject whole = null!;
        await Eventually.Async(
            async () =>
            {
                using var answer = await client.GetAsync(asked.Headers.Location);
                whole = (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
                return answer.StatusCode == HttpStatusCode.OK;
            },
            () => "the export was not collected");
        // Another gateway has it too, and asks no service again.
        var calls = stage.Enrollment.Seen.Count(p => p == "/internal/me/export");
        await stage.ReplaceGatewayAsync();
        var (page, policy) = ("", "");
        await Eventually.Async(
            async () =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, asked.Headers.Location);
                request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/html"));
                using var answer = await client.SendAsync(request);
                page = await answer.Content.ReadAsStringAsync();
                policy = string.Join(' ', answer.Headers.GetValues("Content-Security-Policy"));
                return answer.StatusCode == HttpStatusCode.OK;
            },
            () => "the other gateway did not find it");
        Assert.Equal(calls, stage.Enrollment.Seen.Count(p => p == "/internal/me/export"));

        Assert.Equal(signIn.Email, (string)whole["identity"]!["account"]![0]!["email"]!);
        Assert.Equal(Script, (string)whole["enrollment"]!["profile"]![0]!["legalName"]!);
        Assert.Equal("Hello", (string)whole["room"]!["messages"]![0]!["text"]!);
        Assert.Contains("<h2>Enrollment</h2>", page);
        Assert.Contains("href=\"/plain.css\"", page);
        Assert.StartsWith("default-src 'none'; style-src 'self'; frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;", page);
        Assert.DoesNotContain("<script", page);
    }

    [Fact]
    public async Task An_export_that_lacks_a_service_is_none_and_an_old_address_is_none()
    {
        stage.Enrollment.Internal["/internal/me/export"] = _ => TypedResults.StatusCode(500);
        using var client = stage.Client((await stage.SignInAsync()).AccessToken);
        using var asked = await client.GetAsync("/api/me/export");
        await Eventually.Async(
            async () => (await client.GetAsync(asked.Headers.Location)).StatusCode == HttpStatusCode.ServiceUnavailable, () => "it was not refused");

        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/api/me/export/0197a000-0000-4000-8000-000000000001")).StatusCode);
        using var nobody = stage.Client();
        Assert.Equal(HttpStatusCode.Unauthorized, (await nobody.GetAsync("/api/me/export")).StatusCode);
    }
}
