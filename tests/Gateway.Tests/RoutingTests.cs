using System.Net;
using System.Net.Http.Json;

namespace GroupTherapy.Gateway.Tests;

public sealed class RoutingTests(Stage stage) : IClassFixture<Stage>
{
    private const string Id = "0198f7a0-0000-7000-8000-000000000001";

    [Theory]
    [InlineData("/api/groups", "scheduling")]
    [InlineData($"/api/groups/{Id}", "scheduling")]
    [InlineData($"/api/groups/{Id}/sessions", "scheduling")]
    [InlineData($"/api/groups/{Id}/consents", "enrollment")]
    [InlineData($"/api/groups/{Id}/roster", "enrollment")]
    [InlineData($"/api/groups/{Id}/waitlist", "enrollment")]
    [InlineData($"/api/groups/{Id}/seats/history", "enrollment")]
    [InlineData("/api/me/profile", "enrollment")]
    [InlineData("/api/me/enrollments", "enrollment")]
    [InlineData("/api/me/eligibility", "enrollment")]
    [InlineData("/api/me/sessions", "scheduling")]
    [InlineData($"/api/me/sessions/{Id}/absence", "scheduling")]
    [InlineData($"/api/sessions/{Id}/absences", "scheduling")]
    [InlineData($"/api/groups/{Id}/changes", "scheduling")]
    [InlineData("/api/practices/grouport/holidays", "scheduling")]
    [InlineData($"/api/facilitators/{Id}/availability", "scheduling")]
    [InlineData($"/api/facilitators/{Id}/free-hours", "scheduling")]
    [InlineData("/api/free-hours", "scheduling")]
    [InlineData("/api/bookings", "scheduling")]
    [InlineData("/api/calendar", "scheduling")]
    [InlineData("/api/uncovered-sessions", "scheduling")]
    [InlineData("/api/me/availability", "scheduling")]
    [InlineData("/api/practices", "scheduling")]
    [InlineData("/api/practices/grouport", "scheduling")]
    [InlineData("/api/topics", "scheduling")]
    [InlineData("/api/professions", "enrollment")]
    [InlineData("/api/jurisdictions", "enrollment")]
    [InlineData("/api/me/calendar-feed", "scheduling")]
    [InlineData("/calendars/AbC-_9.ics", "scheduling")]
    [InlineData("/api/enrollments", "enrollment")]
    [InlineData($"/api/enrollments/{Id}/confirm", "enrollment")]
    [InlineData("/api/licensing/rule-sets/1/publish", "enrollment")]
    [InlineData($"/api/facilitators/{Id}/credentials", "enrollment")]
    [InlineData("/api/facilitators/credentials", "enrollment")]
    [InlineData($"/api/members/{Id}", "enrollment")]
    [InlineData($"/api/sessions/{Id}/join", "room")]
    [InlineData($"/api/sessions/{Id}/room", "room")]
    [InlineData($"/api/sessions/{Id}/attendance", "room")]
    [InlineData($"/api/sessions/{Id}/attendance/{Id}", "room")]
    [InlineData($"/api/sessions/{Id}/events", "room")]
    [InlineData($"/api/sessions/{Id}/moderation", "room")]
    [InlineData($"/api/sessions/{Id}/participants/{Id}/emergency", "room")]
    [InlineData($"/api/groups/{Id}/break-glass", "room")]
    [InlineData("/api/break-glass", "room")]
    [InlineData("/api/me/disclosures", "room")]
    [InlineData("/api/me/notifications", "notifications")]
    [InlineData("/api/notifications/log", "notifications")]
    [InlineData("/api/notifications/unsubscribe/AbC-_9", "notifications")]
    [InlineData($"/api/sessions/{Id}/cancel", "scheduling")]
    [InlineData($"/api/sessions/{Id}/substitutes", "scheduling")]
    [InlineData($"/api/sessions/{Id}/cover-request", "scheduling")]
    public async Task Each_path_reaches_its_service(string path, string service)
    {
        using var client = stage.Client();
        var told = await Stage.JsonAsync(await client.GetAsync($"{path}?limit=2"));
        Assert.Equal((service, path, "?limit=2"), ((string)told["service"]!, (string)told["path"]!, (string)told["query"]!));
    }

    [Fact]
    public async Task A_member_signs_in_through_the_gateway_and_reads_the_own_account()
    {
        var signIn = await stage.SignInAsync();
        using var client = stage.Client(signIn.AccessToken);
        var me = await client.GetFromJsonAsync<System.Text.Json.Nodes.JsonObject>("/api/identity/me");
        Assert.Equal(signIn.Email, (string)me!["email"]!);
        Assert.Equal(HttpStatusCode.NoContent, (await client.PostAsync("/api/identity/logout", null)).StatusCode);
    }
}
