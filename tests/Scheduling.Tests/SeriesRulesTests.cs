using GroupTherapy.Scheduling.Series;
using NodaTime;
using Xunit;

namespace GroupTherapy.Scheduling.Tests;

public sealed class SeriesRulesTests
{
    private static readonly DateTimeOffset LongAgo = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("America/New_York", "2026-03-08", "01:30", "2026-03-08T06:30:00Z")]
    [InlineData("America/New_York", "2026-03-08", "02:30", "2026-03-08T07:30:00Z")]
    [InlineData("America/New_York", "2026-11-01", "01:30", "2026-11-01T05:30:00Z")]
    [InlineData("America/New_York", "2026-11-01", "02:30", "2026-11-01T07:30:00Z")]
    [InlineData("America/New_York", "2027-03-14", "01:30", "2027-03-14T06:30:00Z")]
    [InlineData("America/New_York", "2027-03-14", "02:30", "2027-03-14T07:30:00Z")]
    [InlineData("America/Chicago", "2026-03-08", "01:30", "2026-03-08T07:30:00Z")]
    [InlineData("America/Chicago", "2026-03-08", "02:30", "2026-03-08T08:30:00Z")]
    [InlineData("America/Chicago", "2026-11-01", "01:30", "2026-11-01T06:30:00Z")]
    [InlineData("America/Chicago", "2026-11-01", "02:30", "2026-11-01T08:30:00Z")]
    [InlineData("America/Chicago", "2027-03-14", "01:30", "2027-03-14T07:30:00Z")]
    [InlineData("America/Chicago", "2027-03-14", "02:30", "2027-03-14T08:30:00Z")]
    [Trait("hostile", "R46")]
    public void A_night_on_which_the_clocks_change_has_one_meeting_of_ninety_real_minutes(string zone, string night, string localTime, string expected)
    {
        // Three weeks before to three weeks after, so that the night itself is in the middle.
        var series = SeriesRules.Of(DateOnly.Parse(night).AddDays(-21), localTime, zone, 90, 7);
        var meetings = SeriesRules.NotOver(series, LongAgo).ToList();

        Assert.Equal(7, meetings.Count);
        Assert.Equal(DateTimeOffset.Parse(expected), meetings[3].StartsAt);
        Assert.Equal(DateOnly.Parse(night), meetings[3].LocalDate);
        Assert.All(meetings, m => Assert.Equal(TimeSpan.FromMinutes(90), m.EndsAt - m.StartsAt));
        Assert.All(meetings.Where(m => m.Week != 3), m => Assert.Equal(localTime, SeriesRules.LocalStart(m.StartsAt, zone).Time));
        Assert.Equal(7, meetings.Select(m => m.LocalDate).Distinct().Count());
    }

    [Fact]
    public void Every_week_of_every_zone_has_one_meeting_where_the_zone_says()
    {
        var random = new Random(20261101);
        var zones = DateTimeZoneProviders.Tzdb.Ids.ToList();
        for (var run = 0; run < 2000; run++)
        {
            var zone = DateTimeZoneProviders.Tzdb[run % 4 == 0 ? "America/New_York" : zones[random.Next(zones.Count)]];
            var start = new DateOnly(2020, 1, 1).AddDays(random.Next(3650));
            var time = new LocalTime(random.Next(24), random.Next(60));
            var weeks = random.Next(1, 105);
            var meetings = SeriesRules.NotOver(new WeeklySeries(start, time, zone, 90, weeks), LongAgo).ToList();

            Assert.Equal(weeks, meetings.Count);
            foreach (var meeting in meetings)
            {
                Assert.Equal(start.AddDays(7 * meeting.Week), meeting.LocalDate);
                var wanted = new LocalDate(meeting.LocalDate.Year, meeting.LocalDate.Month, meeting.LocalDate.Day) + time;
                var got = Instant.FromDateTimeOffset(meeting.StartsAt);
                var mapping = zone.MapLocal(wanted);
                var expected = mapping.Count switch
                {
                    0 => mapping.EarlyInterval.End + Duration.FromTicks((wanted - mapping.EarlyInterval.IsoLocalEnd).ToDuration().BclCompatibleTicks),
                    _ => mapping.First().ToInstant(),
                };
                Assert.Equal(expected, got);
            }
        }
    }

    [Fact]
    public void A_series_that_is_extended_at_any_moments_has_the_same_sessions_as_one_created_at_once()
    {
        var random = new Random(7);
        for (var run = 0; run < 300; run++)
        {
            var series = SeriesRules.Of(new DateOnly(2026, 1, 1).AddDays(random.Next(365)), "19:00", "America/New_York", 60, null);
            var now = SeriesRules.At(series, 0).StartsAt - TimeSpan.FromDays(random.Next(-6, 200));
            var made = new List<int>();
            int? next = 0;
            DateTimeOffset? due = now;
            for (var step = 0; step < 30; step++)
            {
                now += TimeSpan.FromHours(random.Next(24 * 14));
                if (now < due)
                {
                    continue;
                }

                var (meetings, nextWeek, dueAt) = SeriesRules.SessionsToCreate(series, now, next!.Value);
                made.AddRange(meetings.Select(m => m.Week));
                Assert.All(meetings, m => Assert.True(m.EndsAt > now && m.StartsAt <= now + SeriesRules.Horizon));
                Assert.True(dueAt > now);
                (next, due) = (nextWeek, dueAt);
            }

            Assert.Equal(made.Count == 0 ? [] : Enumerable.Range(made[0], made.Count), made);
        }
    }

    [Fact]
    public void A_series_with_an_end_gets_all_its_sessions_at_once()
    {
        var series = SeriesRules.Of(new DateOnly(2026, 1, 6), "19:00", "America/New_York", 60, 104);
        var (meetings, next, due) = SeriesRules.SessionsToCreate(series, new DateTimeOffset(2026, 1, 5, 0, 0, 0, TimeSpan.Zero));
        Assert.Equal(104, meetings.Count);
        Assert.Null(next);
        Assert.Null(due);
        Assert.Equal(meetings[^1].EndsAt, SeriesRules.EndOf(series));
    }

    [Fact]
    public void The_first_clash_of_two_series_is_the_one_that_comparing_every_pair_finds()
    {
        var random = new Random(42);
        string[] zones = ["America/New_York", "America/Chicago", "America/Phoenix", "Europe/London", "Asia/Kathmandu"];
        WeeklySeries Any() => SeriesRules.Of(
            new DateOnly(2026, 1, 1).AddDays(random.Next(40)), $"{random.Next(24):00}:{random.Next(4) * 15:00}", zones[random.Next(zones.Length)],
            15 * random.Next(1, 33), random.Next(1, 60));
        var clashes = 0;
        for (var run = 0; run < 3000; run++)
        {
            var ours = SeriesRules.NotOver(Any(), LongAgo).ToList();
            var theirs = SeriesRules.NotOver(Any(), LongAgo).ToList();
            var expected = theirs.Select(t => (Ours: ours.FirstOrDefault(o => o.Overlaps(t)), Theirs: t)).FirstOrDefault(p => p.Ours is not null);
            var found = SeriesRules.FirstOverlap(ours, theirs);
            Assert.Equal(expected.Theirs, found?.Theirs);
            clashes += found is null ? 0 : 1;
        }

        Assert.InRange(clashes, 100, 2900);
    }

    [Fact]
    public void Two_series_of_zones_that_change_their_clocks_differently_clash_in_one_half_of_the_year()
    {
        // Half past six in Phoenix is half past eight in New York in winter and half past nine in summer.
        var phoenix = SeriesRules.NotOver(SeriesRules.Of(new DateOnly(2026, 1, 6), "18:30", "America/Phoenix", 60, 52), LongAgo).ToList();
        var newYork = SeriesRules.NotOver(SeriesRules.Of(new DateOnly(2026, 1, 6), "21:30", "America/New_York", 60, 52), LongAgo).ToList();
        Assert.Equal(new DateOnly(2026, 3, 10), ((Occurrence)SeriesRules.FirstOverlap(newYork, phoenix)!.Value.Theirs).LocalDate);
    }

    [Theory]
    [InlineData("07:00", true)]
    [InlineData("23:59", true)]
    [InlineData("7:00", false)]
    [InlineData("24:00", false)]
    [InlineData("12:60", false)]
    [InlineData("12:00:00", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void A_time_of_day_has_two_digits_and_two_digits(string? text, bool right) => Assert.Equal(right, SeriesRules.Time(text) is not null);

    [Theory]
    [InlineData("America/New_York", true)]
    [InlineData("Etc/UTC", true)]
    [InlineData("america/new_york", false)]
    [InlineData("Eastern Standard Time", false)]
    [InlineData("US/Eastern", true)]
    [InlineData("UTC+05", false)]
    [InlineData("UTC+05:00", false)]
    [InlineData("+05:00", false)]
    [InlineData("GMT+5", false)]
    [InlineData(" America/New_York", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void A_zone_is_named_as_IANA_names_it(string? id, bool right) => Assert.Equal(right, SeriesRules.Zone(id) is not null);
}
