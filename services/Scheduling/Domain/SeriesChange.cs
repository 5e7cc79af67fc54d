using System.ComponentModel.DataAnnotations;
using System.Globalization;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Scheduling.Series;
using NodaTime;

namespace GroupTherapy.Scheduling.Domain;

/// <summary>A change of a series from a date on; fields left out stay. Sessions before that date, and those that have begun, are not touched.</summary>
public sealed record ChangeSeriesRequest
{
    /// <summary>The first day that the change is about, today at the earliest and at most a year ahead.</summary>
    [Required]
    public string? From { get; init; }

    /// <summary>Lower-case English name.</summary>
    public string? DayOfWeek { get; init; }

    /// <summary><c>HH:MM</c> on the wall clock of <see cref="TimeZone"/>.</summary>
    public string? LocalTime { get; init; }

    /// <summary>IANA name.</summary>
    public string? TimeZone { get; init; }

    /// <summary>Real minutes, 15 to 480.</summary>
    public int? DurationMinutes { get; init; }

    /// <summary>1 for every week, 2 for every second one.</summary>
    public int? IntervalWeeks { get; init; }

    public Guid? FacilitatorId { get; init; }

    /// <summary>Replaces the whole list.</summary>
    public IReadOnlyList<Guid>? CoFacilitatorIds { get; init; }

    /// <summary>Where people meet in person.</summary>
    public string? Venue { get; init; }

    /// <summary>The operator accepts that a new facilitator may not serve members of some jurisdictions; default false.</summary>
    public bool? AcceptPartial { get; init; }

    /// <summary>The operator accepts sessions during a facilitator's time off, and finds substitutes for them; default false.</summary>
    public bool? AcceptTimeOff { get; init; }
}

/// <summary>A series as it is to be from a date on.</summary>
/// <param name="OldIndex">The first meeting of the old series that the new one replaces, counted from 0.</param>
/// <param name="Changes">As the event of the change names them.</param>
public sealed record SeriesChange(WeeklySeries Series, int OldIndex, Guid Lead, Guid[] Cos, string? Venue, IReadOnlyList<string> Changes)
{
    public Guid[] Staff => [Lead, .. Cos];

    public bool MovesTimes => Changes.Any(c => c is "time" or "zone" or "weekday" or "interval" or "duration");
}

/// <summary>The change of a series from a date on. Pure.</summary>
public static class SeriesChangeRules
{
    public const int DaysAhead = 366;

    /// <param name="lobbyBefore">How long before its start a session's lobby opens; a nearer session stays as it is.</param>
    /// <returns>The change; null with the faults in <paramref name="errors"/>, or with none where the series has no meeting from that date on.</returns>
    public static SeriesChange? Check(Group group, ChangeSeriesRequest r, TimeSpan lobbyBefore, DateTimeOffset now, FieldErrors errors)
    {
        var old = group.Series;
        var zone = r.TimeZone is null ? old.Zone : SeriesRules.Zone(r.TimeZone);
        var time = r.LocalTime is null ? old.LocalTime : SeriesRules.Time(r.LocalTime);
        var isDate = DateOnly.TryParseExact(r.From, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var from);
        var today = DateOnly.FromDateTime(SeriesRules.WallClock(now, zone ?? old.Zone));
        var weekday = WeekdayOf(r.DayOfWeek);
        var cos = r.CoFacilitatorIds?.ToArray() ?? group.CoFacilitatorIds;
        var lead = r.FacilitatorId ?? group.LeadFacilitatorId;
        errors
            .Check(isDate, "from", "A date, like 2026-11-24.")
            .Check(!isDate || from >= today, "from", "This is in the past.")
            .Check(!isDate || from <= today.AddDays(DaysAhead), "from", "At most a year ahead.")
            .Check(zone is not null, "timeZone", "An IANA zone, like America/New_York.")
            .Check(time is not null, "localTime", "HH:MM, 00:00 to 23:59.")
            .Check(r.DayOfWeek is null || weekday is not null, "dayOfWeek", "A day, like monday.")
            .Check(r.DurationMinutes is null or (>= 15 and <= 480), "durationMinutes", "15 to 480 minutes.")
            .Check(r.IntervalWeeks is null or 1 or 2, "intervalWeeks", "1 or 2.")
            .Check(r.FacilitatorId != Guid.Empty, "facilitatorId", "This is not the id of a facilitator.")
            .Check(cos.Distinct().Count() == cos.Length && !cos.Contains(lead), "coFacilitatorIds", "Each person can be named once.")
            .Check(r.Venue is null || group.IsInPerson, "venue", "Only a group that meets in person has a venue.")
            .OptionalText(r.Venue, "venue", 300);
        if (errors.Any || FirstMeeting(old, from, now + lobbyBefore) is not { } index)
        {
            return null;
        }

        var interval = r.IntervalWeeks ?? old.IntervalWeeks;
        var draft = old with
        {
            LocalTime = time!.Value,
            Zone = zone!,
            DurationMinutes = r.DurationMinutes ?? old.DurationMinutes,
            IntervalWeeks = interval,
            Meetings = old.Meetings - index,
        };
        var anchor = Anchor(DateOf(old, index), weekday, from);
        while (SeriesRules.At(draft with { StartsOn = anchor }, 0).StartsAt <= now + lobbyBefore)
        {
            anchor = anchor.AddDays(7);
        }

        var series = draft with { StartsOn = anchor };
        return new SeriesChange(series, index, lead, cos, r.Venue ?? group.Venue, [.. Changes(group, old, series, lead, cos, r.Venue)]);
    }

    private static IEnumerable<string> Changes(Group group, WeeklySeries old, WeeklySeries series, Guid lead, Guid[] cos, string? venue) =>
        new (string Name, bool Changed)[]
        {
            ("time", series.LocalTime != old.LocalTime),
            ("zone", series.Zone.Id != old.Zone.Id),
            ("weekday", series.StartsOn.DayOfWeek != old.StartsOn.DayOfWeek),
            ("interval", series.IntervalWeeks != old.IntervalWeeks),
            ("duration", series.DurationMinutes != old.DurationMinutes),
            ("facilitator", lead != group.LeadFacilitatorId || !cos.ToHashSet().SetEquals(group.CoFacilitatorIds)),
            ("venue", venue is not null && venue != group.Venue),
        }
            .Where(c => c.Changed)
            .Select(c => c.Name);

    // The same week as the meeting that it replaces, unless that day is before the first day of the change.
    private static DateOnly Anchor(DateOnly replaced, DayOfWeek? weekday, DateOnly from)
    {
        var day = weekday is { } wanted ? replaced.AddDays(FromMonday(wanted) - FromMonday(replaced.DayOfWeek)) : replaced;
        return day < from ? day.AddDays(7) : day;
    }

    private static int FromMonday(DayOfWeek day) => ((int)day + 6) % 7;

    private static int? FirstMeeting(WeeklySeries series, DateOnly from, DateTimeOffset after)
    {
        var index = Math.Max(0, (from.DayNumber - series.StartsOn.DayNumber + series.IntervalDays - 1) / series.IntervalDays);
        while (DateOf(series, index) < from || SeriesRules.At(series, index).StartsAt <= after)
        {
            index++;
        }

        return series.Meetings is { } meetings && index >= meetings ? null : index;
    }

    private static DateOnly DateOf(WeeklySeries series, int index) => series.StartsOn.AddDays(series.IntervalDays * index);

    private static DayOfWeek? WeekdayOf(string? text) =>
        text is not null && AvailabilityRules.Day(text) is >= 0 and var day ? (DayOfWeek)((day + 1) % 7) : null;
}
