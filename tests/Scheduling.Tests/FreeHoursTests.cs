using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Scheduling.Series;
using NodaTime;
using Xunit;

namespace GroupTherapy.Scheduling.Tests;

public sealed class FreeHoursTests
{
    private static readonly DateTimeZone NewYork = DateTimeZoneProviders.Tzdb["America/New_York"];

    [Fact]
    public void Weekly_slots_are_those_that_asking_each_quarter_of_an_hour_finds()
    {
        var random = new Random(20260301);
        string[] zones = ["America/New_York", "America/Chicago", "America/Phoenix", "Europe/London"];
        for (var run = 0; run < 60; run++)
        {
            var zone = DateTimeZoneProviders.Tzdb[zones[random.Next(zones.Length)]];
            var monday = new DateOnly(2026, 2, 2).AddDays(7 * random.Next(40));
            var (weeks, minutes) = (random.Next(1, 7), 15 * random.Next(1, 8));
            var person = Person(random, zones, monday, weeks);
            var found = FreeHours.Weekly([person], zone, monday, weeks, minutes).ToDictionary(s => (s.Day, s.Minute), s => s.FreeWeeks);
            for (var slot = 0; slot < 7 * 96; slot++)
            {
                var (day, minute) = (slot / 96, slot % 96 * 15);
                var expected = Enumerable.Range(0, weeks).Count(w => IsFree(person, zone, monday.AddDays(7 * w + day), minute, minutes));
                Assert.Equal(expected, found.GetValueOrDefault((day, minute)));
            }
        }
    }

    [Fact]
    public void A_single_hour_lies_within_the_working_time_and_keeps_the_break()
    {
        var at = new DateTimeOffset(2026, 1, 5, 14, 0, 0, TimeSpan.Zero);
        var person = new FacilitatorTime(
            Guid.CreateVersion7(),
            NewYork,
            [new WeekTime(0, 9 * 60, 12 * 60)],
            [new Stretch(at.AddHours(1).UtcTicks, at.AddHours(2).UtcTicks)],
            TimeSpan.FromMinutes(15)
        );
        var starts = FreeHours.Starts(person, at.AddDays(-1), at.AddDays(1), 45, 100).Select(s => (s - at).TotalMinutes);
        Assert.Equal([0d, 120, 135], starts);
    }

    [Fact]
    public void A_day_on_which_the_clocks_skip_an_hour_has_no_hour_that_does_not_exist()
    {
        var person = new FacilitatorTime(Guid.CreateVersion7(), NewYork, [new WeekTime(6, 60, 240)], [], TimeSpan.Zero);
        var from = new DateTimeOffset(2026, 3, 8, 0, 0, 0, TimeSpan.Zero);
        Assert.Equal(
            ["01:00", "03:00"],
            FreeHours.Starts(person, from, from.AddDays(1), 60, 100).Where(s => s.Minute == 0).Select(s => SeriesRules.LocalStart(s, "America/New_York").Time)
        );
    }

    private static FacilitatorTime Person(Random random, string[] zones, DateOnly monday, int weeks)
    {
        var zone = DateTimeZoneProviders.Tzdb[zones[random.Next(zones.Length)]];
        var begin = SeriesRules.ToInstant(monday.ToDateTime(TimeOnly.MinValue), zone);
        var weekly = Enumerable
            .Range(0, 5)
            .Select(_ => (Day: random.Next(7), From: 15 * random.Next(24, 60), Length: 15 * random.Next(4, 30)))
            .Select(t => new WeekTime(t.Day, t.From, Math.Min(1440, t.From + t.Length)))
            .ToList();
        var busy = Enumerable
            .Range(0, 20)
            .Select(_ => begin.AddMinutes(15 * random.Next(weeks * 7 * 96)))
            .OrderBy(b => b)
            .Select(b => new Stretch(b.UtcTicks, b.AddMinutes(15 * random.Next(1, 20)).UtcTicks))
            .ToList();
        return new FacilitatorTime(Guid.CreateVersion7(), zone, random.Next(4) == 0 ? null : weekly, busy, TimeSpan.FromMinutes(15 * random.Next(3)));
    }

    // Times of the week are told apart by quarters of an hour of the zone that was asked for, as wall clocks show them.
    private static bool IsFree(FacilitatorTime who, DateTimeZone zone, DateOnly date, int minute, int minutes)
    {
        if (minute + minutes > (7 - ((int)date.DayOfWeek + 6) % 7) * 1440)
        {
            return false;
        }

        var begin = date.ToDateTime(TimeOnly.MinValue).AddMinutes(minute);
        var end = begin.AddMinutes(minutes);
        DateTime Wall(long ticks) => SeriesRules.WallClock(new DateTimeOffset(ticks, TimeSpan.Zero), zone);
        var monday = date.AddDays(-(((int)date.DayOfWeek + 6) % 7));
        var times = who
            .Weekly?.Select(t =>
                (
                    From: Wall(SeriesRules.ToInstant(monday.AddDays(t.Day).ToDateTime(TimeOnly.MinValue).AddMinutes(t.From), who.Zone).UtcTicks),
                    To: Wall(SeriesRules.ToInstant(monday.AddDays(t.Day).ToDateTime(TimeOnly.MinValue).AddMinutes(t.To), who.Zone).UtcTicks)
                )
            )
            .ToList();
        for (var at = begin; at < end; at = at.AddMinutes(15))
        {
            if (times is not null && !times.Any(t => t.From <= at && t.To >= at.AddMinutes(15)))
            {
                return false;
            }

            if (who.Busy.Any(b => Wall(b.From) - who.BreakAfter < at.AddMinutes(15) && Wall(b.To) > at))
            {
                return false;
            }
        }

        return true;
    }
}

public sealed class QuorumRulesTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 7, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(-25, 3, 2, null, null, QuorumStep.None)]
    [InlineData(-24, 3, 2, null, null, QuorumStep.Ask)]
    [InlineData(-24, 3, 1, null, null, QuorumStep.None)]
    [InlineData(-24, 0, 0, null, null, QuorumStep.None)]
    [InlineData(-3, 3, 2, null, null, QuorumStep.None)]
    [InlineData(-10, 3, 2, -3, null, QuorumStep.None)]
    [InlineData(-10, 3, 1, -3, null, QuorumStep.TakesPlace)]
    [InlineData(-3, 3, 2, -3, null, QuorumStep.TakesPlace)]
    [InlineData(-3, 3, 2, -3, true, QuorumStep.None)]
    public void It_is_asked_once_in_the_last_day_and_silence_lets_the_session_take_place(
        int hours,
        int seats,
        int absent,
        int? answerBy,
        bool? decided,
        QuorumStep expected
    ) =>
        Assert.Equal(
            expected,
            QuorumRules.StepOf(
                new QuorumState(Guid.Empty, Start, seats, absent, 2, answerBy is { } by ? Start.AddHours(by) : null, decided),
                Start.AddHours(hours)
            )
        );
}
