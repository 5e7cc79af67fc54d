using NodaTime;
using NodaTime.Text;

namespace GroupTherapy.Scheduling.Series;

/// <summary>A group meets on the weekday of <paramref name="StartsOn"/>, at the same wall-clock time of its zone.</summary>
/// <param name="DurationMinutes">Real minutes, whatever the clocks do meanwhile.</param>
/// <param name="Meetings">How many meetings the series has; null for a series without an end.</param>
/// <param name="IntervalWeeks">1 for every week, 2 for every second one.</param>
public sealed record WeeklySeries(DateOnly StartsOn, LocalTime LocalTime, DateTimeZone Zone, int DurationMinutes, int? Meetings, int IntervalWeeks = 1)
{
    internal int IntervalDays => 7 * IntervalWeeks;
}

/// <summary>From when until when people meet.</summary>
public record MeetingTime(DateTimeOffset StartsAt, DateTimeOffset EndsAt)
{
    public bool Overlaps(MeetingTime other) => StartsAt < other.EndsAt && other.StartsAt < EndsAt;
}

/// <summary>One meeting of a series.</summary>
/// <param name="Week">Which meeting, counted from 0; <paramref name="LocalDate"/> is its day on the calendar of the zone.</param>
public sealed record Occurrence(int Week, DateOnly LocalDate, DateTimeOffset StartsAt, DateTimeOffset EndsAt) : MeetingTime(StartsAt, EndsAt);

/// <summary>When a series meets: exactly once in its interval, also across the nights on which the clocks change.</summary>
public static class SeriesRules
{
    /// <summary>Sessions have rows this long ahead.</summary>
    public static readonly TimeSpan Horizon = TimeSpan.FromDays(7 * 12);

    /// <summary>How many weeks of two series are compared to find a clash: a whole year of clock changes on both sides, and another.</summary>
    public const int WeeksCompared = 104;

    private static readonly LocalTimePattern Minutes = LocalTimePattern.CreateWithInvariantCulture("HH:mm");
    private static readonly HashSet<string> ZoneIds = DateTimeZoneProviders.Tzdb.Ids.ToHashSet(StringComparer.Ordinal);

    /// <summary>The zone by its exact IANA name, links included; null for anything else, offsets like <c>UTC+05:00</c> too.</summary>
    public static DateTimeZone? Zone(string? id) => id is not null && ZoneIds.Contains(id) ? DateTimeZoneProviders.Tzdb[id] : null;

    /// <summary><c>HH:MM</c>, both with two digits, 00:00 to 23:59; null for anything else.</summary>
    public static LocalTime? Time(string? text) => text is { Length: 5 } && Minutes.Parse(text) is { Success: true } parsed ? parsed.Value : null;

    public static string Text(LocalTime time) => Minutes.Format(time);

    /// <summary>The series of stored values. Throws <see cref="ArgumentException"/> for values that were never checked.</summary>
    public static WeeklySeries Of(DateOnly startsOn, string localTime, string timeZone, int durationMinutes, int? meetings, int intervalWeeks = 1) =>
        new(
            startsOn,
            Time(localTime) ?? throw new ArgumentException("Not a time of day.", nameof(localTime)),
            Zone(timeZone) ?? throw new ArgumentException("Not a time zone.", nameof(timeZone)),
            durationMinutes,
            meetings,
            intervalWeeks
        );

    public static Occurrence At(WeeklySeries series, int week) => At(series, week, new ZoneCursor(series.Zone));

    private static Occurrence At(WeeklySeries series, int week, ZoneCursor cursor)
    {
        var date = series.StartsOn.AddDays(series.IntervalDays * week);
        var start = new DateTimeOffset(cursor.ToUtc(date.DayNumber * TimeSpan.TicksPerDay + series.LocalTime.TickOfDay), TimeSpan.Zero);
        return new Occurrence(week, date, start, start.AddTicks(series.DurationMinutes * TimeSpan.TicksPerMinute));
    }

    /// <summary>The instant of a wall-clock time. One that the clocks skip moves forward by as much; of one that exists twice, the first counts.</summary>
    public static DateTimeOffset ToInstant(DateTime local, DateTimeZone zone) => new(new ZoneCursor(zone).ToUtc(local.Ticks), TimeSpan.Zero);

    /// <summary>Where a session is to be after the rules of its zone changed; null when it is right where it is.</summary>
    /// <param name="local">The wall-clock time that people know.</param>
    public static DateTimeOffset? Revise(DateTime local, DateTimeZone zone, DateTimeOffset startsAt)
    {
        var wanted = ToInstant(local, zone);
        return wanted == startsAt || WallClock(startsAt, zone) == local ? null : wanted;
    }

    /// <summary>The wall-clock time of a zone at an instant.</summary>
    public static DateTime WallClock(DateTimeOffset at, DateTimeZone zone) => Instant.FromDateTimeOffset(at).InZone(zone).LocalDateTime.ToDateTimeUnspecified();

    /// <summary>Meetings from week <paramref name="fromWeek"/> on that have not ended at <paramref name="now"/>.</summary>
    /// <param name="atMost">How many.</param>
    public static IEnumerable<Occurrence> NotOver(WeeklySeries series, DateTimeOffset now, int fromWeek = 0, int atMost = int.MaxValue)
    {
        var cursor = new ZoneCursor(series.Zone);
        var first = Math.Max(fromWeek, FirstWeekNotOver(series, now, cursor));
        var end = Math.Min((long)(series.Meetings ?? int.MaxValue), (long)first + atMost);
        for (var week = first; week < end; week++)
        {
            yield return At(series, week, cursor);
        }
    }

    /// <summary>The meetings that get rows now: all of a series with an end, those that start within the horizon of a series without one.</summary>
    /// <returns>The meetings, and the first week left for later with the instant at which it is due (both null when nothing is left).</returns>
    public static (IReadOnlyList<Occurrence> Now, int? NextWeek, DateTimeOffset? DueAt) SessionsToCreate(
        WeeklySeries series,
        DateTimeOffset now,
        int fromWeek = 0
    )
    {
        var found = new List<Occurrence>();
        foreach (var occurrence in NotOver(series, now, fromWeek))
        {
            if (series.Meetings is null && occurrence.StartsAt > now + Horizon)
            {
                return (found, occurrence.Week, occurrence.StartsAt - Horizon);
            }

            found.Add(occurrence);
        }

        return (found, null, null);
    }

    /// <summary>End of the last planned meeting; null for a series without an end.</summary>
    public static DateTimeOffset? EndOf(WeeklySeries series) => series.Meetings is > 0 and { } meetings ? At(series, meetings - 1).EndsAt : null;

    /// <summary>The earliest pair of meetings at one time, of two lists in order of time; null when there is none.</summary>
    public static (MeetingTime Ours, MeetingTime Theirs)? FirstOverlap(IReadOnlyList<MeetingTime> ours, IEnumerable<MeetingTime> theirs)
    {
        var i = 0;
        foreach (var their in theirs)
        {
            while (i < ours.Count && ours[i].EndsAt <= their.StartsAt)
            {
                i++;
            }

            if (i == ours.Count)
            {
                return null;
            }

            if (ours[i].Overlaps(their))
            {
                return (ours[i], their);
            }
        }

        return null;
    }

    /// <summary>Date and wall-clock time of a zone at an instant.</summary>
    public static (DateOnly Date, string Time) LocalStart(DateTimeOffset at, string timeZone)
    {
        var local = Instant.FromDateTimeOffset(at).InZone(DateTimeZoneProviders.Tzdb[timeZone]).LocalDateTime;
        return (new DateOnly(local.Year, local.Month, local.Day), Text(local.TimeOfDay));
    }

    /// <summary>Lower-case English name of the weekday.</summary>
    public static string DayOfWeek(DateOnly date) => date.DayOfWeek.ToString().ToLowerInvariant();

    /// <summary>How many meetings a series of so many weeks has.</summary>
    public static int? MeetingsOf(int? weeks, int intervalWeeks) => weeks is { } w ? (w + intervalWeeks - 1) / intervalWeeks : null;

    // The estimate by whole intervals can be one late when the clocks changed meanwhile; so it starts one early and walks.
    private static int FirstWeekNotOver(WeeklySeries series, DateTimeOffset now, ZoneCursor cursor)
    {
        var week = Math.Max(0, (int)Math.Floor((now - At(series, 0, cursor).EndsAt).TotalDays / series.IntervalDays) - 1);
        while (At(series, week, cursor).EndsAt <= now)
        {
            week++;
        }

        return week;
    }
}
