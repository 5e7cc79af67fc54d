using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Tests.Support;
using MimeKit;

namespace GroupTherapy.Notifications.Tests;

/// <summary>What people say about mails, and what operators see of them.</summary>
public sealed class WishesTests : IAsyncLifetime
{
    private readonly MailServer _server = new();
    private readonly Guid _group = Guid.CreateVersion7();
    private World _world = null!;

    public async ValueTask InitializeAsync() => _world = await World.StartAsync(_server.Port);

    public async ValueTask DisposeAsync()
    {
        await _world.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Until_a_person_chooses_their_profile_counts_and_then_their_choice()
    {
        var maya = _world.Person("maya", "es-US", "America/Chicago");
        using var client = _world.Service.As(maya, "member");
        var before = (await client.GetFromJsonAsync<JsonObject>("/api/me/notifications"))!;
        Assert.Equal(("es", "America/Chicago", true), ((string)before["language"]!, (string)before["timeZone"]!, before["quietHours"] is null));
        Assert.All(before["kinds"]!.AsArray(), k => Assert.True((bool)k!["on"]!));

        // A form sent back as it came says nothing: the profile goes on counting.
        using var same = await client.PutAsJsonAsync("/api/me/notifications", before);
        Assert.Equal(before.ToJsonString(), (await same.Content.ReadFromJsonAsync<JsonObject>())!.ToJsonString());
        _world.Neighbours.Profiles[maya] = ("en", "America/New_York");
        Assert.Equal("America/New_York", (string)(await client.GetFromJsonAsync<JsonObject>("/api/me/notifications"))!["timeZone"]!);
        _world.Neighbours.Profiles[maya] = ("es-US", "America/Chicago");
        Assert.Equal("es", (string)(await client.GetFromJsonAsync<JsonObject>("/api/me/notifications"))!["language"]!);

        var chosen = new JsonObject
        {
            ["language"] = "en",
            ["timeZone"] = "America/Denver",
            ["quietHours"] = new JsonObject { ["from"] = "21:00", ["to"] = "08:00" },
            ["kinds"] = new JsonArray(new JsonObject { ["kind"] = "reminder-24h", ["on"] = false }),
        };
        using var saved = await client.PutAsJsonAsync("/api/me/notifications", chosen);
        Assert.Equal(HttpStatusCode.OK, saved.StatusCode);
        var after = (await client.GetFromJsonAsync<JsonObject>("/api/me/notifications"))!;
        Assert.Equal(("en", "America/Denver", "21:00"), ((string)after["language"]!, (string)after["timeZone"]!, (string)after["quietHours"]!["from"]!));
        Assert.False((bool)after["kinds"]!.AsArray().Single(k => (string)k!["kind"]! == "reminder-24h")!["on"]!);
    }

    [Theory]
    [InlineData("""{"language":"fr"}""", "language")]
    [InlineData("""{"timeZone":"Mars/Olympus"}""", "timeZone")]
    [InlineData("""{"timeZone":"America/New_York\n"}""", "timeZone")]
    [InlineData("""{"quietHours":{"from":"25:00","to":"08:00"}}""", "quietHours.from")]
    [InlineData("""{"quietHours":{"from":"08:00","to":"08:00"}}""", "quietHours.to")]
    [InlineData("""{"kinds":[{"kind":"session-cancelled","on":false}]}""", "kinds")]
    [InlineData("""{"kinds":[{"kind":"reminder-1h","on":false},{"kind":"reminder-1h","on":true}]}""", "kinds")]
    [InlineData("""{"kinds":[null]}""", "kinds")]
    public async Task What_cannot_be_is_refused_by_its_field(string body, string field)
    {
        using var client = _world.Service.As(_world.Person("bo"), "member");
        using var answer = await client.PutAsync("/api/me/notifications", new StringContent(body, System.Text.Encoding.UTF8, "application/json"));
        var problem = (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
        Assert.True(answer.StatusCode == HttpStatusCode.BadRequest, problem.ToJsonString());
        Assert.NotNull(problem["errors"]![field]);
    }

    [Fact]
    public async Task The_link_of_a_mail_asks_first_and_its_post_stops_that_kind_alone()
    {
        await _world.SessionAsync(_group, TimeSpan.FromHours(20));
        var (maya, _) = await _world.MemberAsync(_group, "maya");
        await _world.StateIsAsync(maya, "reminder-24h", "sent");
        var mail = _server.To("maya@people.test").Single(m => m.Headers.Contains(HeaderId.ListUnsubscribe));
        var path = new Uri(mail.Headers[HeaderId.ListUnsubscribe]!.Trim('<', '>')).AbsolutePath;

        using var anyone = _world.Service.Anonymous();
        using var asked = await anyone.GetAsync(path);
        Assert.Equal("text/html", asked.Content.Headers.ContentType!.MediaType);
        Assert.Contains("<form method=\"post\">", await asked.Content.ReadAsStringAsync());
        using var client = _world.Service.As(maya, "member");
        Assert.Equal(["reminder-24h", "reminder-1h", "waitlisted", "record-read"], await OnAsync(client));

        using var stopped = await anyone.PostAsync(path, new FormUrlEncodedContent([new("List-Unsubscribe", "One-Click")]));
        using var again = await anyone.PostAsync(path, null);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (stopped.StatusCode, again.StatusCode));
        Assert.Equal(["reminder-1h", "waitlisted", "record-read"], await OnAsync(client));

        using var forged = await anyone.PostAsync(path[..^2] + "AA", null);
        using var nonsense = await anyone.GetAsync("/api/notifications/unsubscribe/x");
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (forged.StatusCode, nonsense.StatusCode));
    }

    [Fact]
    public async Task Operators_read_the_log_of_their_own_practices_without_an_address()
    {
        var session = await _world.SessionAsync(_group, TimeSpan.FromDays(2));
        var (maya, _) = await _world.MemberAsync(_group, "maya");
        await _world.CancelAsync(session);
        await _world.StateIsAsync(maya, "session-cancelled", "sent");

        using var mine = _world.Service.As(Guid.CreateVersion7(), ["operator"], ["grouport"]);
        var text = await mine.GetStringAsync($"/api/notifications/log?accountId={maya}");
        var item = Assert.Single(JsonNode.Parse(text)!["items"]!.AsArray())!;
        Assert.Equal(("session-cancelled", "sent", 1), ((string)item["kind"]!, (string)item["state"]!, (int)item["attempts"]!));
        Assert.DoesNotContain("people.test", text);

        using var other = _world.Service.As(Guid.CreateVersion7(), ["operator"], ["chicago"]);
        Assert.Empty((await other.GetFromJsonAsync<JsonObject>("/api/notifications/log"))!["items"]!.AsArray());
        Assert.Empty((await other.GetFromJsonAsync<JsonObject>("/api/notifications/log?practice=grouport"))!["items"]!.AsArray());
        using var member = _world.Service.As(maya, "member");
        Assert.Equal(HttpStatusCode.Forbidden, (await member.GetAsync("/api/notifications/log")).StatusCode);
        using var wrong = await mine.GetAsync("/api/notifications/log?mailState=lost");
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
    }

    private static async Task<string[]> OnAsync(HttpClient client) =>
        [
            .. (await client.GetFromJsonAsync<JsonObject>("/api/me/notifications"))!["kinds"]!
                .AsArray()
                .Where(k => (bool)k!["on"]!)
                .Select(k => (string)k!["kind"]!),
        ];
}
