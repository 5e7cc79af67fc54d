using GroupTherapy.Calendar;
using GroupTherapy.Scheduling.Series;
using GroupTherapy.Tests.Support;
using NodaTime;
using Xunit;

namespace GroupTherapy.Scheduling.Tests;

public sealed class CalendarFileTests
{
    private static readonly DateTimeOffset Changed = new(2026, 1, 5, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("America/New_York", "2026-02-15", "02:30")]
    [InlineData("America/Chicago", "2026-02-15", "01:30")]
    [InlineData("America/New_York", "2026-10-11", "01:30")]
    [InlineData("America/Chicago", "2026-10-11", "19:00")]
    [InlineData("America/Phoenix", "2026-10-11", "19:00")]
    [InlineData("Europe/Dublin", "2026-10-11", "19:00")]
    [Trait("hostile", "I05")]
    public void A_calendar_program_that_trusts_the_feed_alone_finds_the_right_instants_across_the_nights_of_the_clocks(
        string zone,
        string startsOn,
        string localTime
    )
    {
        var series = SeriesRules.Of(DateOnly.Parse(startsOn), localTime, zone, 90, 8);
        var entries = SeriesRules.NotOver(series, DateTimeOffset.MinValue.AddYears(2000)).Select(m => Entry(m.StartsAt, m.EndsAt, zone)).ToList();

        var read = IcsReader.Read(CalendarFile.Feed(entries));

        Assert.Equal(entries.Select(e => (e.StartsAt, e.EndsAt)), read.Events.Select(e => (read.Instant(e, "DTSTART"), read.Instant(e, "DTEND"))));
    }

    // Calendar programs disagree about which of the two is meant by 01:30.
    [Theory]
    [InlineData("2026-11-01T05:30:00Z")]
    [InlineData("2026-11-01T06:30:00Z")]
    public void An_hour_that_the_night_has_twice_is_written_in_UTC(string startsAt)
    {
        var start = DateTimeOffset.Parse(startsAt);
        var entry = IcsReader.Read(CalendarFile.Feed([Entry(start, start.AddHours(2), "America/New_York")])).Events[0];
        Assert.Equal($"{start:yyyyMMdd'T'HHmmss'Z'}", entry["DTSTART"]);
    }

    [Fact]
    public void A_session_that_was_moved_into_the_second_of_two_equal_hours_stays_there()
    {
        var entry = Entry(
            new DateTimeOffset(2026, 11, 1, 6, 30, 0, TimeSpan.Zero),
            new DateTimeOffset(2026, 11, 1, 7, 15, 0, TimeSpan.Zero),
            "America/New_York"
        );
        var read = IcsReader.Read(CalendarFile.Feed([entry]));
        Assert.Equal(entry.StartsAt, read.Instant(read.Events[0], "DTSTART"));
        Assert.Equal(entry.EndsAt, read.Instant(read.Events[0], "DTEND"));
    }

    [Fact]
    [Trait("hostile", "W08")]
    public void An_entry_keeps_its_name_and_counts_its_changes_and_says_nothing_of_what_it_is()
    {
        var entry = Entry(Changed, Changed.AddHours(1), "America/New_York");
        var before = IcsReader.Read(CalendarFile.Feed([entry])).Events[0];
        var after = IcsReader.Read(CalendarFile.Feed([entry with { StartsAt = Changed.AddHours(1), Cancelled = true, Sequence = 3 }])).Events[0];
        Assert.Equal(before["UID"], after["UID"]);
        Assert.Equal(("0", "3"), (before["SEQUENCE"], after["SEQUENCE"]));
        Assert.Equal(("CONFIRMED", "CANCELLED"), (before["STATUS"], after["STATUS"]));
        Assert.Equal("Session", before["SUMMARY"]);
    }

    [Fact]
    public void An_empty_calendar_is_a_calendar() => Assert.Empty(IcsReader.Read(CalendarFile.Feed([])).Events);

    [Theory]
    [InlineData("12 Main Street, Suite 4; back\\slash")]
    [InlineData("漢字 🙂 ééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé")]
    [InlineData("x\r\nBEGIN:VALARM\r\nTRIGGER:-PT1M\r\nEND:VALARM")]
    [InlineData("x\nEND:VEVENT\nBEGIN:VEVENT\nSUMMARY:therapy")]
    [Trait("hostile", "I04")]
    public async Task Hostile_text_is_read_back_as_text_by_other_programs(string venue)
    {
        var text = CalendarFile.Attachment(Entry(Changed, Changed.AddHours(1), "America/New_York") with { Venue = venue });

        IcsReader.Read(text);
        var read = await CalendarTools.RunAsync("read.mjs", text);

        foreach (var parser in new[] { "strict", "common" })
        {
            var entry = Assert.Single(read[parser]!.AsArray())!;
            Assert.Equal(venue.ReplaceLineEndings("\n"), (string?)entry["place"]);
            Assert.Equal(("Session", 0), ((string)entry["title"]!, (int)entry["alarms"]!));
        }
    }

    // In the hour that a zone has twice both are written in UTC, so a parser that trusts its own zones and one that trusts the file agree.
    [Fact]
    public async Task Two_parsers_find_the_same_instants_in_every_zone_through_two_years_of_clock_changes()
    {
        var changes = new DateTimeOffset(2026, 1, 7, 2, 30, 0, TimeSpan.Zero);
        var entries = DateTimeZoneProviders
            .Tzdb.Ids.Where(id => id.Contains('/', StringComparison.Ordinal) && !id.StartsWith("Etc/", StringComparison.Ordinal))
            .SelectMany(id => Enumerable.Range(0, 8).Select(i => Entry(changes.AddDays(91 * i), changes.AddDays(91 * i).AddHours(1), id)))
            .ToList();

        var read = await CalendarTools.RunAsync("read.mjs", CalendarFile.Feed(entries));

        var wanted = entries.ToDictionary(e => e.SessionId.ToString(), e => (e.StartsAt, e.EndsAt));
        var zones = entries.ToDictionary(e => e.SessionId.ToString(), e => e.TimeZone);
        string[] Wrong(string parser) =>
            [
                .. read[parser]!
                    .AsArray()
                    .Where(e => wanted[(string)e!["uid"]!] != (SchedulingWorld.At(e["start"]), SchedulingWorld.At(e["end"])))
                    .Select(e => zones[(string)e!["uid"]!])
                    .Distinct(),
            ];
        Assert.Equal((entries.Count, entries.Count), (read["strict"]!.AsArray().Count, read["common"]!.AsArray().Count));
        Assert.Empty(Wrong("strict"));

        // The second parser knows zones by its own data, which may be a release behind ours.
        Assert.True(Wrong("common").Length < 20, string.Join(", ", Wrong("common")));
    }

    [Fact]
    [Trait("hostile", "W08")]
    public void Nothing_in_a_calendar_says_what_it_is_about()
    {
        var text = CalendarFile.Feed([Entry(Changed, Changed.AddHours(1), "America/New_York")]);
        foreach (var word in new[] { "therap", "group", "mental", "psych", "clinic", "patient" })
        {
            Assert.DoesNotContain(word, text, StringComparison.OrdinalIgnoreCase);
        }
    }

    private static CalendarEntry Entry(DateTimeOffset from, DateTimeOffset to, string zone) => new(Guid.CreateVersion7(), from, to, zone, false, 0, Changed);
}
