using System.Globalization;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Unicode;
using Ical.Net.CalendarComponents;
using Ical.Net.DataTypes;
using Ical.Net.Evaluation;
using IcalCalendar = Ical.Net.Calendar;

namespace GroupTherapy.Scheduling.Api;

/// <summary>Reads the holidays of a request: one day, or the events of an iCalendar file that last whole days.</summary>
internal static class HolidayFile
{
    private const int DaysAhead = 731;
    private const int LongestEvent = 31;
    private const int MostDays = 400;
    private const int LongestName = 120;
    private const int MostRepeating = 400;
    private const int OldestYear = 1900;

    // A rule that names no day at all ends: 29 February is found within eight years.
    private static readonly EvaluationOptions Bounded = new() { MaxUnmatchedIncrementsLimit = 10 };

    public static IReadOnlyList<Holiday> Read(AddHolidaysRequest r, DateTimeOffset now, Func<Guid> newId, FieldErrors errors)
    {
        var moves = r.Effect == HolidayRules.Move;
        errors
            .Check(r.Effect is HolidayRules.Skip or HolidayRules.Move, "effect", "skip or move.")
            .Check(moves ? r.MoveDays is >= -6 and <= 6 and not 0 : r.MoveDays is null, "moveDays", "-6 to 6 and not 0, for move alone.")
            .Check(r.Ics is null != r.Day is null, "day", "A day or a calendar file, one of both.");
        var today = DateOnly.FromDateTime(now.UtcDateTime).AddDays(-1);
        var days = r.Ics is { } ics ? Events(ics, today, errors) : OneDay(r, today, errors);
        return errors.Any ? [] : [.. days.Select(d => new Holiday(newId(), d.Key, d.Value, r.Effect!, moves ? r.MoveDays!.Value : 0))];
    }

    private static SortedDictionary<DateOnly, string> OneDay(AddHolidaysRequest r, DateOnly today, FieldErrors errors)
    {
        var isDate = DateOnly.TryParseExact(r.Day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day);
        errors
            .Check(isDate, "day", "A date, like 2026-12-25.")
            .Check(!isDate || (day >= today && day <= today.AddDays(DaysAhead)), "day", "From today to two years ahead.")
            .Name(r.Name, "name", LongestName);
        return new SortedDictionary<DateOnly, string> { [day] = r.Name is null ? "" : NameRules.Trim(r.Name) };
    }

    private static SortedDictionary<DateOnly, string> Events(string ics, DateOnly today, FieldErrors errors)
    {
        var days = new SortedDictionary<DateOnly, string>();
        IEnumerable<CalendarEvent> events;
        try
        {
            events = IcalCalendar.Load(ics)?.Events.Where(e => e.DtStart is { HasTime: false }).ToList() ?? [];
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            errors.Check(false, "ics", "This is not a calendar file.");
            return days;
        }

        if (events.Count(e => e.RecurrenceRule is not null) > MostRepeating)
        {
            errors.Check(false, "ics", $"At most {MostRepeating} repeating events.");
            return days;
        }

        foreach (var holiday in events)
        {
            foreach (var start in Starts(holiday, today))
            {
                var length = holiday.DtEnd is { } end ? Math.Clamp(end.Date.DayNumber - holiday.DtStart!.Date.DayNumber, 1, LongestEvent) : 1;
                for (var i = 0; i < length && days.Count <= MostDays; i++)
                {
                    var day = start.AddDays(i);
                    if (day >= today && day <= today.AddDays(DaysAhead))
                    {
                        days.TryAdd(day, NameOf(holiday));
                    }
                }
            }
        }

        errors
            .Check(days.Count > 0, "ics", "No event of this file lasts whole days between today and two years ahead.")
            .Check(days.Count <= MostDays, "ics", $"At most {MostDays} days.");
        return days;
    }

    // Of repeating events only yearly ones are holidays: the same day each year, or by the file's own rule within the two years.
    private static IEnumerable<DateOnly> Starts(CalendarEvent holiday, DateOnly today)
    {
        if (holiday.RecurrenceRule is not { } rule)
        {
            return [holiday.DtStart!.Date];
        }

        // A rule by hours or minutes is no holiday's, and would be expanded second by second.
        if (
            rule.Frequency != Ical.Net.FrequencyType.Yearly
            || holiday.DtStart!.Date.Year < OldestYear
            || rule.ByHour is { Count: > 0 }
            || rule.ByMinute is { Count: > 0 }
            || rule.BySecond is { Count: > 0 }
        )
        {
            return [];
        }

        try
        {
            return
            [
                .. holiday
                    .GetOccurrences(new CalDateTime(today.AddDays(-LongestEvent)), Bounded)
                    .Take(MostDays)
                    .Select(o => o.Period.StartTime.Date)
                    .TakeWhile(d => d <= today.AddDays(DaysAhead)),
            ];
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Rules that name no day, or days that no calendar has.
            return [];
        }
    }

    // A name is kept without what must not stand in a name; it is shown to operators alone.
    private static string NameOf(CalendarEvent holiday)
    {
        var text = string.Concat((holiday.Summary ?? "").Where(c => !char.IsControl(c)).Take(LongestName)).Trim();
        return text.Length > 0 && TextRules.IsClean(text) ? text : "Holiday";
    }
}
