using System.Text;
using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Scheduling.Series;
using Xunit;

namespace GroupTherapy.Scheduling.Tests;

public sealed class CalendarRulesTests
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
        string zone, string startsOn, string localTime)
    {
        var series = SeriesRules.Of(DateOnly.Parse(startsOn), localTime, zone, 90, 8);
        var entries = SeriesRules.NotOver(series, DateTimeOffset.MinValue.AddYears(2000)).Select(m => Entry(m.StartsAt, m.EndsAt, zone)).ToList();

        var read = IcsReader.Read(CalendarRules.Render(entries));

        Assert.Equal(entries.Select(e => (e.StartsAt, e.EndsAt)), read.Events.Select(e => (read.Instant(e, "DTSTART"), read.Instant(e, "DTEND"))));
    }

    // Calendar programs disagree about which of the two is meant by 01:30.
    [Theory]
    [InlineData("2026-11-01T05:30:00Z")]
    [InlineData("2026-11-01T06:30:00Z")]
    public void An_hour_that_the_night_has_twice_is_written_in_UTC(string startsAt)
    {
        var start = DateTimeOffset.Parse(startsAt);
        var entry = IcsReader.Read(CalendarRules.Render([Entry(start, start.AddHours(2), "America/New_York")])).Events[0];
        Assert.Equal($"{start:yyyyMMdd'T'HHmmss'Z'}", entry["DTSTART"]);
    }

    [Fact]
    public void A_session_that_was_moved_into_the_second_of_two_equal_hours_stays_there()
    {
        var entry = Entry(
            new DateTimeOffset(2026, 11, 1, 6, 30, 0, TimeSpan.Zero), new DateTimeOffset(2026, 11, 1, 7, 15, 0, TimeSpan.Zero), "America/New_York");
        var read = IcsReader.Read(CalendarRules.Render([entry]));
        Assert.Equal(entry.StartsAt, read.Instant(read.Events[0], "DTSTART"));
        Assert.Equal(entry.EndsAt, read.Instant(read.Events[0], "DTEND"));
    }

    [Fact]
    [Trait("hostile", "W08")]
    public void An_entry_keeps_its_name_and_counts_its_changes_and_says_nothing_of_what_it_is()
    {
        var entry = Entry(Changed, Changed.AddHours(1), "America/New_York");
        var before = IcsReader.Read(CalendarRules.Render([entry])).Events[0];
        var after = IcsReader.Read(CalendarRules.Render([entry with { StartsAt = Changed.AddHours(1), Cancelled = true, Sequence = 3 }])).Events[0];
        Assert.Equal(before["UID"], after["UID"]);
        Assert.Equal(("0", "3"), (before["SEQUENCE"], after["SEQUENCE"]));
        Assert.Equal(("CONFIRMED", "CANCELLED"), (before["STATUS"], after["STATUS"]));
        Assert.Equal("Appointment", before["SUMMARY"]);
    }

    [Fact]
    public void An_empty_calendar_is_a_calendar() => Assert.Empty(IcsReader.Read(CalendarRules.Render([])).Events);

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("one, two; three", "one\\, two\\; three")]
    [InlineData("back\\slash", "back\\\\slash")]
    [InlineData("two\nlines\r\nthree\rfour", "two\\nlines\\nthree\\nfour")]
    [Trait("hostile", "I04")]
    public void Text_is_written_so_that_it_is_read_back(string text, string expected) => Assert.Equal(expected, CalendarRules.Escape(text));

    [Theory]
    [InlineData(75)]
    [InlineData(76)]
    [InlineData(300)]
    public void A_long_line_is_folded_at_75_octets_and_tears_no_character(int length)
    {
        foreach (var letter in new[] { "a", "é", "漢", "🙂" })
        {
            var content = string.Concat(Enumerable.Repeat(letter, length));
            var text = new StringBuilder();
            CalendarRules.Line(text, content);
            var lines = text.ToString().Split("\r\n")[..^1];
            Assert.All(lines, l => Assert.InRange(Encoding.UTF8.GetByteCount(l), 1, 75));
            Assert.Equal(content, string.Concat(lines.Select((l, i) => i == 0 ? l : l[1..])));
        }
    }

    private static CalendarEntry Entry(DateTimeOffset from, DateTimeOffset to, string zone) => new(Guid.CreateVersion7(), from, to, zone, false, 0, Changed);
}
