using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Scheduling.Calendars;
using GroupTherapy.Scheduling.Sessions;
using Xunit;

namespace GroupTherapy.Scheduling.Tests;

public sealed class SubscribingToCalendars(SchedulingWorld world) : IClassFixture<SchedulingWorld>
{
    [Fact]
    public async Task A_member_s_calendar_has_their_sessions_under_neutral_titles_and_follows_changes()
    {
        var member = Guid.CreateVersion7();
        var id = await world.GroupIdAsync(SchedulingWorld.Request(await world.FacilitatorAsync(), weeks: 8));
        await SchedulingWorld.DeliverAsync(new ListSessionsWhenEnrollmentConfirmed(world.Db), new EnrollmentConfirmed(Guid.CreateVersion7(), id, member, 1, world.Clock.Now));
        var url = await FeedAsync(member);

        var (text, calendar) = await ReadAsync(url);
        var sessions = await world.SessionsAsync(id);
        Assert.Equal(sessions.Select(s => SchedulingWorld.At(s!["startsAt"])), calendar.Events.Select(e => calendar.Instant(e, "DTSTART")));
        foreach (var word in new[] { "Calmer", "anxiety", "Ana", "therapy group", "grouport" })
        {
            Assert.DoesNotContain(word, text, StringComparison.Ordinal);
        }

        using var client = world.AsOperator();
        using var moved = await client.PostAsync($"/api/sessions/{sessions[1]!["id"]}/reschedule", SchedulingWorld.Json("""{"startsAt":"2026-01-15T00:00:00Z"}"""));
        using var cancelled = await client.PostAsync($"/api/sessions/{sessions[2]!["id"]}/cancel", SchedulingWorld.Json("""{"reason":"Snow"}"""));
        var (_, after) = await ReadAsync(url);
        Assert.Equal(calendar.Events.Select(e => e["UID"]), after.Events.Select(e => e["UID"]));
        Assert.Equal(("1", "1", "0"), (after.Events[1]["SEQUENCE"], after.Events[2]["SEQUENCE"], after.Events[3]["SEQUENCE"]));
        Assert.Equal(new DateTimeOffset(2026, 1, 15, 0, 0, 0, TimeSpan.Zero), after.Instant(after.Events[1], "DTSTART"));
        Assert.Equal("CANCELLED", after.Events[2]["STATUS"]);
    }

    [Fact]
    public async Task The_newest_address_replaces_the_one_before()
    {
        var member = Guid.CreateVersion7();
        var first = await FeedAsync(member);
        await ReadAsync(first);
        var second = await FeedAsync(member);
        Assert.NotEqual(first, second);
        using var anyone = world.Service.Anonymous();
        await SchedulingWorld.ProblemAsync(await anyone.GetAsync(first), HttpStatusCode.NotFound, "not-found");
        await ReadAsync(second);
        await SchedulingWorld.ProblemAsync(await anyone.GetAsync("/calendars/guess.ics"), HttpStatusCode.NotFound, "not-found");
    }

    [Fact]
    public async Task The_secret_has_256_bits_and_stands_nowhere_in_the_database()
    {
        var url = await FeedAsync(Guid.CreateVersion7());
        var secret = url["/calendars/".Length..^".ics".Length];
        Assert.Equal(43, secret.Length);
        var kept = await world.Db.QueryAsync<string>("select f::text from calendar_feeds f union all select a::text from audit_entries a union all select k::text from idempotency_keys k");
        Assert.DoesNotContain(kept, row => row.Contains(secret, StringComparison.Ordinal));
        Assert.Contains(kept, row => row.Contains(Convert.ToHexStringLower(FeedSecret.HashOf(secret)), StringComparison.Ordinal));
    }

    private async Task<string> FeedAsync(Guid account)
    {
        using var client = world.AsMember(account);
        client.DefaultRequestHeaders.Add("Idempotency-Key", "the-same-for-everybody");
        using var answer = await client.PostAsync("/api/me/calendar-feed", null);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (string)(await answer.Content.ReadFromJsonAsync<JsonObject>())!["url"]!;
    }

    private async Task<(string Text, IcsReader Calendar)> ReadAsync(string url)
    {
        using var anyone = world.Service.Anonymous();
        using var answer = await anyone.GetAsync(url);
        Assert.Equal((HttpStatusCode.OK, "text/calendar"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        var text = await answer.Content.ReadAsStringAsync();
        return (text, IcsReader.Read(text));
    }
}
