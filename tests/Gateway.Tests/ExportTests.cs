using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using GroupTherapy.Gateway.PersonalData;
using GroupTherapy.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace GroupTherapy.Gateway.Tests;

/// <summary>A person's copy of everything: Identity's own part, and what stubs of the others hold.</summary>
public sealed partial class ExportTests(Stage stage) : IClassFixture<Stage>
{
    private const string Script = "<script>alert('=HYPERLINK(1)')</script>";

    [Fact]
    public async Task R37_what_is_held_of_a_person_is_collected_and_read_as_JSON_and_as_a_page_in_which_nothing_is_markup()
    {
        stage.Enrollment.Internal["/internal/me/export"] = _ => TypedResults.Ok(new { profile = new[] { new { legalName = Script } } });
        stage.Scheduling.Internal["/internal/me/export"] = _ => TypedResults.Ok(new { groups = Array.Empty<object>() });
        stage.Room1.Internal["/internal/me/export"] = stage.Room2.Internal["/internal/me/export"] = _ =>
            TypedResults.Ok(new { messages = new[] { new { text = "Hello" } } });
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
            () => "the export was not collected"
        );
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
            () => "the other gateway did not find it"
        );
        Assert.Equal(calls, stage.Enrollment.Seen.Count(p => p == "/internal/me/export"));

        Assert.Equal(signIn.Email, (string)whole["identity"]!["account"]![0]!["email"]!);
        Assert.Equal(Script, (string)whole["enrollment"]!["profile"]![0]!["legalName"]!);
        Assert.Equal("Hello", (string)whole["room"]!["messages"]![0]!["text"]!);
        Assert.Contains("<html lang=\"en\">", page);
        Assert.Contains("<h2>Seats and licensing</h2>", page);
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
            async () => (await client.GetAsync(asked.Headers.Location)).StatusCode == HttpStatusCode.ServiceUnavailable,
            () => "it was not refused"
        );

        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/api/me/export/0197a000-0000-4000-8000-000000000001")).StatusCode);
        using var nobody = stage.Client();
        Assert.Equal(HttpStatusCode.Unauthorized, (await nobody.GetAsync("/api/me/export")).StatusCode);
    }

    [Theory]
    [InlineData("es", null, null, "en", "es")]
    [InlineData("en", "es", null, "es", "en")]
    [InlineData(null, "es-MX", "en", "en", "es")]
    [InlineData(null, null, "es", "en", "es")]
    [InlineData(null, null, null, "fr, es", "es")]
    [InlineData("xx", null, null, "", "en")]
    public void The_page_speaks_the_language_that_was_asked_for_or_the_persons_own(string? asked, string? mails, string? profile, string browser, string speaks)
    {
        var data = new JsonObject
        {
            ["collectedAt"] = "2026-11-30T17:42:24Z",
            ["enrollment"] = new JsonObject { ["profile"] = new JsonArray(new JsonObject { ["language"] = profile, ["phone"] = "+1 212 555 0100" }) },
            ["notifications"] = new JsonObject { ["wishes"] = mails is null ? [] : new JsonArray(new JsonObject { ["language"] = mails }) },
        };
        var page = ExportPage.Of(data, asked, browser.Split(", "));
        Assert.Contains($"<html lang=\"{speaks}\">", page);
        Assert.Contains(speaks == "es" ? "<h1>Mis datos</h1>" : "<h1>My data</h1>", page);
        Assert.Contains(speaks == "es" ? "<th scope=\"col\">Tel&#233;fono</th>" : "<th scope=\"col\">Phone</th>", page);
    }

    [Fact]
    public void Every_section_and_column_that_a_service_exports_has_words_in_both_languages()
    {
        var sources = Directory
            .EnumerateFiles(Path.Combine(CalendarTools.Root(), "services"), "*PersonalData.cs", SearchOption.AllDirectories)
            .Where(f => f.Contains("Storage", StringComparison.Ordinal))
            .Select(File.ReadAllText)
            .ToList();
        Assert.Equal(5, sources.Count);
        var sections = sources.SelectMany(s => SectionName().Matches(s)).Select(m => m.Groups[1].Value).ToList();
        Assert.Contains("signIns", sections);
        var columns = sources
            .SelectMany(s => ExportedRow().Matches(s))
            .SelectMany(m => ColumnName().Matches(m.Groups[1].Value))
            .Select(m => char.ToLowerInvariant(m.Groups[1].Value[0]) + m.Groups[1].Value[1..]);
        // What the rows hold beside what is exported.
        string[] inside = ["answer", "wrappedKey", "participantId", "stream", "sealed", "byName"];
        Assert.Equal([], sections.Concat(columns).Except(inside).Where(name => !ExportTexts.Knows(name)));
    }

    [GeneratedRegex("""\["(\w+)"\] =""")]
    private static partial Regex SectionName();

    [GeneratedRegex("""record (?!Kept|Live)\w+(?:Row|Part)\(([^)]*)\)""")]
    private static partial Regex ExportedRow();

    [GeneratedRegex("""\s(\w+)(?:,|\s*$)""")]
    private static partial Regex ColumnName();
}
