using NodaTime;

namespace GroupTherapy.Enrollment.Licensing;

/// <summary>
/// Midnights of one zone as UTC ticks. They are remembered by year, since the same few days are asked for again and again; the memory changes no answer.
/// </summary>
internal sealed class CivilCalendar(DateTimeZone zone)
{
    private const int FirstYear = 1900;
    private const int LastYear = 2199;
    private readonly long[]?[] _years = new long[]?[LastYear - FirstYear + 1];

    /// <summary>The first instant of <paramref name="day"/>. Days before 1900 have always begun, days after 2199 never do.</summary>
    public long StartOf(DateOnly day)
    {
        if (day.Year is < FirstYear or > LastYear)
        {
            return day.Year < FirstYear ? long.MinValue : long.MaxValue;
        }

        // Two threads may compute the same midnight; they compute the same value.
        var year = _years[day.Year - FirstYear] ??= new long[366];
        ref var ticks = ref year[day.DayOfYear - 1];
        if (ticks == 0)
        {
            ticks = zone.AtStartOfDay(new LocalDate(day.Year, day.Month, day.Day)).ToInstant().ToDateTimeUtc().Ticks;
        }

        return ticks;
    }

    /// <summary>The first instant after <paramref name="day"/>.</summary>
    public long EndOf(DateOnly day) => day.Year > LastYear ? long.MaxValue : StartOf(day.AddDays(1));

    /// <summary>The day here at an instant.</summary>
    public DateOnly DayOf(long ticks) => Instant.FromDateTimeUtc(new DateTime(ticks, DateTimeKind.Utc)).InZone(zone).Date.ToDateOnly();

    /// <summary>The first instant of the calendar year after the one of <paramref name="ticks"/>.</summary>
    public long NextYear(long ticks) => DayOf(ticks).Year is var year && year >= LastYear ? long.MaxValue : StartOf(new DateOnly(year + 1, 1, 1));
}
