using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Scheduling.Api;
using GroupTherapy.Scheduling.Consumers;
using GroupTherapy.Scheduling.Domain;
using Xunit;

namespace GroupTherapy.Scheduling.Tests;

public sealed class SubscribingToCalendars(SchedulingWorld world) : IClassFixture<SchedulingWorld>
{
    [Fact]
    public async Task A_member_s_calendar_has_their_sessions_under_neutral_titles_and_follows_changes()
    {
        var member = Guid.CreateVersion7();
        var id = await world.GroupIdAsync(SchedulingWorld.Request(await world.FacilitatorAsync(), weeks: 8));
        await SchedulingWorld.DeliverAsync(
            new AddEnrollmentWhenEnrollmentConfirmed(world.Db),
            new EnrollmentConfirmed(Guid.CreateVersion7(), id, member, 1, world.Clock.Now)
        );
        var url = await FeedAsync(member);

        var (text, calendar) = await ReadAsync(url);
        var sessions = await world.SessionsAsync(id);
        Assert.Equal(sessions.Select(s => SchedulingWorld.At(s!["startsAt"])), calendar.Events.Select(e => calendar.Instant(e, "DTSTART")));
        foreach (var word in new[] { "Calmer", "anxiety", "Ana", "therap", "Therap", "group" })
        {
            Assert.DoesNotContain(word, text, StringComparison.Ordinal);
        }

        using var client = world.AsOperator();
        using var moved = await client.PostAsync(
            $"/api/sessions/{sessions[1]!["id"]}/reschedule",
            SchedulingWorld.Json("""{"startsAt":"2026-01-15T00:00:00Z"}""")
        );
        using var cancelled = await client.PostAsync($"/api/sessions/{sessions[2]!["id"]}/cancel", SchedulingWorld.Json("""{"reason":"Snow"}"""));
        var (_, after) = await ReadAsync(url);
        Assert.Equal(calendar.Events.Select(e => e["UID"]), after.Events.Select(e => e["UID"]));
        Assert.Equal(("1", "1", "0"), (after.Events[1]["SEQUENCE"], after.Events[2]["SEQUENCE"], after.Events[3]["SEQUENCE"]));
        Assert.Equal(new DateTimeOffset(2026, 1, 15, 0, 0, 0, TimeSpan.Zero), after.Instant(after.Events[1], "DTSTART"));
        Assert.Equal("CANCELLED", after.Events[2]["STATUS"]);
    }

    [Fact]
    public async Task A_calendar_that_has_not_changed_is_answered_with_304_and_a_changed_one_whole()
    {
        var (id, member) = await EnrolledAsync();
        var url = await FeedAsync(member);
        using var anyone = world.Service.Anonymous();
        using var first = await anyone.GetAsync(url);
        var tag = first.Headers.ETag!;
        Assert.False(tag.IsWeak);

        Assert.Equal(HttpStatusCode.NotModified, await StatusAsync(url, tag.ToString()));
        Assert.Equal(HttpStatusCode.NotModified, await StatusAsync(url, $"\"other\", W/{tag}"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(url, "\"other\""));

        // A policy is not in the calendar; a moved session is.
        await ChangeAsync($"/api/groups/{id}", """{"capacity":9,"policies":{"lateArrivals":false}}""", HttpMethod.Patch);
        Assert.Equal(HttpStatusCode.NotModified, await StatusAsync(url, tag.ToString()));
        await ChangeAsync($"/api/sessions/{(await world.SessionsAsync(id))[0]!["id"]}/reschedule", """{"startsAt":"2026-01-09T00:00:00Z"}""", HttpMethod.Post);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(url, tag.ToString()));
    }

    [Fact]
    public async Task A_sequence_grows_when_time_or_status_change_and_only_then()
    {
        var (id, member) = await EnrolledAsync();
        var url = await FeedAsync(member);
        await ChangeAsync($"/api/groups/{id}", """{"capacity":9,"policies":{"chatRetentionDays":7}}""", HttpMethod.Patch);
        Assert.Equal(["0", "0", "0", "0", "0", "0", "0", "0"], (await ReadAsync(url)).Calendar.Events.Select(e => e["SEQUENCE"]));

        var session = (await world.SessionsAsync(id))[0]!["id"];
        await ChangeAsync($"/api/sessions/{session}/reschedule", """{"startsAt":"2026-01-09T00:00:00Z"}""", HttpMethod.Post);
        await ChangeAsync($"/api/sessions/{session}/reschedule", """{"startsAt":"2026-01-09T00:00:00Z"}""", HttpMethod.Post);
        Assert.Equal("1", (await ReadAsync(url)).Calendar.Events[0]["SEQUENCE"]);
        await ChangeAsync($"/api/sessions/{session}/cancel", """{"reason":"Snow"}""", HttpMethod.Post);
        var entry = (await ReadAsync(url)).Calendar.Events[0];
        Assert.Equal(("2", "CANCELLED"), (entry["SEQUENCE"], entry["STATUS"]));
    }

    [Fact]
    public async Task Sessions_of_a_member_who_left_stay_as_cancelled_until_their_time_has_passed_and_come_back_with_the_member()
    {
        var member = Guid.CreateVersion7();
        var id = await world.GroupIdAsync(SchedulingWorld.Request(await world.FacilitatorAsync(), weeks: 3));
        var url = await FeedAsync(member);
        var first = Guid.CreateVersion7();
        try
        {
            await ConfirmAsync(id, member, first);
            world.Clock.Now = new DateTimeOffset(2026, 1, 10, 0, 0, 0, TimeSpan.Zero);
            await SchedulingWorld.DeliverAsync(
                new EndEnrollmentWhenEnrollmentEnded(world.Db),
                new EnrollmentEnded(first, id, member, "cancelled", 2, world.Clock.Now)
            );
            Assert.Equal([("CONFIRMED", "0"), ("CANCELLED", "1"), ("CANCELLED", "1")], await EntriesAsync(url));

            await ConfirmAsync(id, member, Guid.CreateVersion7());
            Assert.Equal([("CONFIRMED", "0"), ("CONFIRMED", "2"), ("CONFIRMED", "2")], await EntriesAsync(url));

            world.Clock.Now = new DateTimeOffset(2026, 1, 15, 0, 0, 0, TimeSpan.Zero);
            var again = await world.Db.FirstOrDefaultAsync<Guid>("select id from enrollments where member_id = @member and ended_at is null", new { member });
            await SchedulingWorld.DeliverAsync(
                new EndEnrollmentWhenEnrollmentEnded(world.Db),
                new EnrollmentEnded(again, id, member, "cancelled", 2, world.Clock.Now)
            );
            Assert.Equal([("CONFIRMED", "0"), ("CONFIRMED", "2"), ("CANCELLED", "3")], await EntriesAsync(url));
            world.Clock.Now = new DateTimeOffset(2026, 1, 22, 0, 0, 0, TimeSpan.Zero);
            Assert.Equal([("CONFIRMED", "0"), ("CONFIRMED", "2")], await EntriesAsync(url));
        }
        finally
        {
            await world.TurnBackAsync();
        }
    }

    [Fact]
    public async Task Sessions_that_were_added_after_a_member_had_left_are_not_in_their_calendar()
    {
        var member = Guid.CreateVersion7();
        var id = await world.GroupIdAsync(SchedulingWorld.Request(await world.FacilitatorAsync(), weeks: 2));
        var enrollment = Guid.CreateVersion7();
        await ConfirmAsync(id, member, enrollment);
        await SchedulingWorld.DeliverAsync(
            new EndEnrollmentWhenEnrollmentEnded(world.Db),
            new EnrollmentEnded(enrollment, id, member, "cancelled", 2, world.Clock.Now.AddMinutes(1))
        );
        await world.Db.QueryAsync<int>(
            "update sessions set created_at = created_at + interval '1 hour' where group_id = @id and local_date > '2026-01-06'",
            new { id }
        );
        Assert.Equal([("CANCELLED", "1")], await EntriesAsync(await FeedAsync(member)));
    }

    [Fact]
    public async Task A_calendar_that_is_asked_for_without_pause_waits_a_minute_and_another_does_not()
    {
        var (busy, calm) = (await FeedAsync(Guid.CreateVersion7()), await FeedAsync(Guid.CreateVersion7()));
        using var nobody = world.Service.Anonymous();
        HttpResponseMessage last = null!;
        for (var n = 0; n < 31; n++)
        {
            last = await nobody.GetAsync(new Uri(busy).AbsolutePath);
        }

        Assert.Equal((HttpStatusCode)429, last.StatusCode);
        Assert.Equal(TimeSpan.FromMinutes(1), last.Headers.RetryAfter!.Delta);
        Assert.Equal(HttpStatusCode.OK, (await nobody.GetAsync(new Uri(calm).AbsolutePath)).StatusCode);
    }

    [Fact]
    [Trait("hostile", "I02")]
    public async Task A_revoked_address_answers_no_more()
    {
        var member = Guid.CreateVersion7();
        var url = await FeedAsync(member);
        using var client = world.AsMember(member);
        Assert.NotNull(await MadeAtAsync(client));
        foreach (var _ in Enumerable.Range(0, 2))
        {
            using var revoked = await client.DeleteAsync("/api/me/calendar-feed");
            Assert.Equal(HttpStatusCode.NoContent, revoked.StatusCode);
        }

        Assert.Null(await MadeAtAsync(client));
        using var anyone = world.Service.Anonymous();
        await SchedulingWorld.ProblemAsync(await anyone.GetAsync(url), HttpStatusCode.NotFound, "not-found");
        Assert.Equal(
            1,
            await world.Db.FirstOrDefaultAsync<int>(
                "select count(*)::int from audit_entries where act = 'calendar-feed.revoked' and subject = @member",
                new { member }
            )
        );
    }

    private static async Task<DateTimeOffset?> MadeAtAsync(HttpClient client) =>
        (DateTimeOffset?)(await client.GetFromJsonAsync<JsonNode>("/api/me/calendar-feed"))!["createdAt"];

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
    public async Task An_address_asked_for_again_after_a_lost_answer_is_the_same_and_goes_on()
    {
        var member = Guid.CreateVersion7();
        var first = await FeedAsync(member, "lost");
        Assert.Equal(first, await FeedAsync(member, "lost"));
        await ReadAsync(first);
        Assert.NotEqual(first, await FeedAsync(Guid.CreateVersion7(), "lost"));
    }

    [Fact]
    [Trait("hostile", "I01")]
    public async Task The_secret_has_256_bits_and_stands_nowhere_in_the_database()
    {
        var url = await FeedAsync(Guid.CreateVersion7());
        var secret = url["/calendars/".Length..^".ics".Length];
        Assert.Equal(43, secret.Length);
        var kept = await world.Db.QueryAsync<string>(
            "select f::text from calendar_feeds f union all select a::text from audit_entries a union all select k::text from idempotency_keys k"
        );
        Assert.DoesNotContain(kept, row => row.Contains(secret, StringComparison.Ordinal));
        Assert.Contains(kept, row => row.Contains(Convert.ToHexStringLower(FeedSecret.HashOf(secret)), StringComparison.Ordinal));
    }

    private async Task<(Guid Group, Guid Member)> EnrolledAsync()
    {
        var member = Guid.CreateVersion7();
        var id = await world.GroupIdAsync(SchedulingWorld.Request(await world.FacilitatorAsync(), weeks: 8));
        await ConfirmAsync(id, member, Guid.CreateVersion7());
        return (id, member);
    }

    private Task ConfirmAsync(Guid group, Guid member, Guid enrollment) =>
        SchedulingWorld.DeliverAsync(
            new AddEnrollmentWhenEnrollmentConfirmed(world.Db),
            new EnrollmentConfirmed(enrollment, group, member, 1, world.Clock.Now)
        );

    private async Task ChangeAsync(string path, string body, HttpMethod method)
    {
        using var client = world.AsOperator();
        using var request = new HttpRequestMessage(method, path) { Content = SchedulingWorld.Json(body) };
        using var answer = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private async Task<HttpStatusCode> StatusAsync(string url, string ifNoneMatch)
    {
        using var anyone = world.Service.Anonymous();
        anyone.DefaultRequestHeaders.TryAddWithoutValidation("If-None-Match", ifNoneMatch);
        using var answer = await anyone.GetAsync(url);
        return answer.StatusCode;
    }

    private async Task<IEnumerable<(string Status, string Sequence)>> EntriesAsync(string url) =>
        (await ReadAsync(url)).Calendar.Events.Select(e => (e["STATUS"], e["SEQUENCE"]));

    private async Task<string> FeedAsync(Guid account, string? key = null)
    {
        using var client = world.AsMember(account);
        client.DefaultRequestHeaders.Add("Idempotency-Key", key ?? $"{Guid.CreateVersion7()}");
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
