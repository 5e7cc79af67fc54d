using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace GroupTherapy.Scheduling.Tests;

public sealed class HolidaysOfPractices(SchedulingWorld world) : IClassFixture<SchedulingWorld>
{
    [Fact]
    public async Task A_holiday_skips_what_is_planned_and_what_is_planned_later_and_one_that_moves_moves_it()
    {
        var planned = await world.GroupIdAsync(SchedulingWorld.Request(await world.FacilitatorAsync(), weeks: 4));
        var skipped = await AddAsync("""{"day":"2026-01-13","name":"Founders' day","effect":"skip"}""");
        Assert.Equal((1, 0), ((int)skipped["cancelled"]!, (int)skipped["moved"]!));
        var moved = await AddAsync("""{"day":"2026-01-20","name":"Move; day, \\ 漢","effect":"move","moveDays":1}""");
        Assert.Equal((0, 1), ((int)moved["cancelled"]!, (int)moved["moved"]!));
        var later = await world.GroupIdAsync(SchedulingWorld.Request(await world.FacilitatorAsync("Ben"), weeks: 4));
        foreach (var group in new[] { planned, later })
        {
            var sessions = await world.SessionsAsync(group);
            Assert.Equal(["scheduled", "cancelled", "scheduled", "scheduled"], sessions.Select(s => (string)s!["status"]!));
            Assert.Equal(["2026-01-06", "2026-01-13", "2026-01-21", "2026-01-27"], sessions.Select(s => (string)s!["localDate"]!));
            Assert.Equal("holiday", (string)Assert.Single(await world.OutboxAsync(group), m => m.Urn == "session-cancelled").Body["cause"]!);
        }

        using var client = world.AsOperator();
        var items = (await client.GetFromJsonAsync<JsonObject>("/api/practices/grouport/holidays"))!["items"]!.AsArray();
        Assert.Equal(2, items.Count);
        foreach (var item in items)
        {
            Assert.Equal(HttpStatusCode.NoContent, (await client.DeleteAsync($"/api/practices/grouport/holidays/{item!["id"]}")).StatusCode);
        }
    }

    [Fact]
    public async Task A_calendar_file_brings_its_whole_days_and_yearly_ones_and_nothing_else()
    {
        var ics = string.Join(
            "\r\n",
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//x//y//EN",
            "BEGIN:VEVENT",
            "UID:1",
            "DTSTART;VALUE=DATE:20200704",
            "RRULE:FREQ=YEARLY",
            "SUMMARY:Independence Day",
            "END:VEVENT",
            "BEGIN:VEVENT",
            "UID:2",
            "DTSTART;VALUE=DATE:20261224",
            "DTEND;VALUE=DATE:20261227",
            "SUMMARY:Christmas\\nBEGIN:VALARM",
            "END:VEVENT",
            "BEGIN:VEVENT",
            "UID:3",
            "DTSTART:20261228T190000Z",
            "SUMMARY:A meeting",
            "END:VEVENT",
            "BEGIN:VEVENT",
            "UID:4",
            "DTSTART;VALUE=DATE:20260110",
            "RRULE:FREQ=DAILY",
            "SUMMARY:Every day",
            "END:VEVENT",
            "BEGIN:VEVENT",
            "UID:5",
            "DTSTART;VALUE=DATE:00010101",
            "DTEND;VALUE=DATE:99991231",
            "SUMMARY:For ever",
            "END:VEVENT",
            "END:VCALENDAR",
            ""
        );
        using var client = world.AsOperator();
        using var answer = await client.PostAsJsonAsync("/api/practices/chicago/holidays", new { ics, effect = "skip" });
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var added = (await answer.Content.ReadFromJsonAsync<JsonObject>())!["added"]!.AsArray();
        Assert.Equal(["2026-07-04", "2026-12-24", "2026-12-25", "2026-12-26", "2027-07-04"], added.Select(h => (string)h!["day"]!));
        Assert.Equal("ChristmasBEGIN:VALARM", (string)added[1]!["name"]!);
        using var again = await client.PostAsJsonAsync("/api/practices/chicago/holidays", new { ics, effect = "skip" });
        Assert.Empty((await again.Content.ReadFromJsonAsync<JsonObject>())!["added"]!.AsArray());
    }

    [Theory]
    [InlineData("20200101", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")]
    [InlineData("20200101", "FREQ=YEARLY;BYHOUR=0,1,2,3;BYMINUTE=1,2,3,4;BYSECOND=1,2,3,4")]
    [InlineData("00010101", "FREQ=YEARLY;INTERVAL=1")]
    [InlineData("99991231", "FREQ=YEARLY;COUNT=2147483647")]
    [InlineData("20200101", "FREQ=SECONDLY")]
    public async Task A_file_whose_rules_never_end_costs_nothing_and_brings_its_other_days(string start, string rule)
    {
        var bombs = Enumerable
            .Range(0, 300)
            .SelectMany(i => new[] { "BEGIN:VEVENT", $"UID:bomb{i}", $"DTSTART;VALUE=DATE:{start}", $"RRULE:{rule}", "SUMMARY:x", "END:VEVENT" });
        string[] good = ["BEGIN:VEVENT", "UID:good", "DTSTART;VALUE=DATE:20261111", "SUMMARY:A day", "END:VEVENT"];
        var ics = string.Join("\r\n", [.. new[] { "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//y//EN" }, .. bombs, .. good, "END:VCALENDAR", ""]);
        using var client = world.AsOperator("chicago");
        using var answer = await client.PostAsJsonAsync("/api/practices/chicago/holidays", new { ics, effect = "skip" });
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        foreach (var day in (await answer.Content.ReadFromJsonAsync<JsonObject>())!["added"]!.AsArray())
        {
            Assert.Equal("2026-11-11", (string)day!["day"]!);
            Assert.Equal(HttpStatusCode.NoContent, (await client.DeleteAsync($"/api/practices/chicago/holidays/{day["id"]}")).StatusCode);
        }
    }

    [Theory]
    [InlineData("""{"day":"2026-02-30","name":"x","effect":"skip"}""", "day")]
    [InlineData("""{"day":"12026-02-03","name":"x","effect":"skip"}""", "day")]
    [InlineData("""{"day":"2030-02-03","name":"x","effect":"skip"}""", "day")]
    [InlineData("""{"day":"2026-02-03","name":"x\r\nBEGIN:VALARM","effect":"skip"}""", "name")]
    [InlineData("""{"day":"2026-02-03","name":"x","effect":"skip","moveDays":1}""", "moveDays")]
    [InlineData("""{"day":"2026-02-03","name":"x","effect":"move","moveDays":0}""", "moveDays")]
    [InlineData("""{"effect":"skip"}""", "day")]
    [InlineData("""{"ics":"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n","effect":"skip"}""", "ics")]
    [InlineData("""{"ics":"not a calendar","effect":"skip"}""", "ics")]
    [InlineData("""{"ics":"x","day":"2026-02-03","name":"x","effect":"skip"}""", "day")]
    public async Task A_holiday_that_cannot_be_is_refused_by_its_field(string body, string field)
    {
        using var client = world.AsOperator();
        var problem = await SchedulingWorld.ProblemAsync(
            await client.PostAsync("/api/practices/grouport/holidays", SchedulingWorld.Json(body)),
            HttpStatusCode.BadRequest,
            "validation"
        );
        Assert.True(problem["errors"]!.AsObject().ContainsKey(field), problem.ToJsonString());
        using var elsewhere = world.AsOperator("chicago");
        await SchedulingWorld.ProblemAsync(
            await elsewhere.PostAsync("/api/practices/grouport/holidays", SchedulingWorld.Json(body)),
            HttpStatusCode.NotFound,
            "not-found"
        );
    }

    private async Task<JsonObject> AddAsync(string body)
    {
        using var client = world.AsOperator();
        using var answer = await client.PostAsync("/api/practices/grouport/holidays", SchedulingWorld.Json(body));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.Created, text);
        return JsonNode.Parse(text)!.AsObject();
    }
}
