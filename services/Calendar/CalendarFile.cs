using Ical.Net;
using Ical.Net.CalendarComponents;
using Ical.Net.DataTypes;
using Ical.Net.Serialization;
using NodaTime;
using IcalCalendar = Ical.Net.Calendar;

namespace GroupTherapy.Calendar;

/// <summary>
/// Writes calendars by RFC 5545. Nothing in them says therapy, a group or a person: others see calendars, and employers synchronise them. Pure.
/// </summary>
public static class CalendarFile
{
    public const string Title = "Session";

    public const string MediaType = "text/calendar";

    private const string Product = "-//Sessions//Calendar 1//EN";

    /// <summary>A calendar to subscribe to.</summary>
    public static string Feed(IReadOnlyList<CalendarEntry> entries)
    {
        var calendar = Of(entries);
        calendar.AddProperty("X-WR-CALNAME", "Sessions");
        return new CalendarSerializer().SerializeToString(calendar)!;
    }

    /// <summary>One session as the file of a mail. A later file of the same session with a greater sequence replaces it.</summary>
    public static string Attachment(CalendarEntry entry) => new CalendarSerializer().SerializeToString(Of([entry]))!;

    private static IcalCalendar Of(IReadOnlyList<CalendarEntry> entries)
    {
        var calendar = new IcalCalendar
        {
            ProductId = Product,
            Scale = "GREGORIAN",
            Method = "PUBLISH",
        };
        foreach (var zone in entries.GroupBy(e => e.TimeZone).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            calendar.AddTimeZone(Zone(DateTimeZoneProviders.Tzdb[zone.Key], zone.Min(e => e.StartsAt), zone.Max(e => e.EndsAt)));
        }

        foreach (var entry in entries)
        {
            calendar.Events.Add(Event(entry));
        }

        return calendar;
    }

    private static CalendarEvent Event(CalendarEntry entry)
    {
        var zone = DateTimeZoneProviders.Tzdb[entry.TimeZone];
        return new CalendarEvent
        {
            Uid = entry.SessionId.ToString(),
            DtStamp = Utc(entry.ChangedAt),
            LastModified = Utc(entry.ChangedAt),
            Sequence = checked((int)entry.Sequence),
            DtStart = When(entry.StartsAt, zone),
            DtEnd = When(entry.EndsAt, zone),
            Summary = Title,
            Location = entry.Venue,
            Status = entry.Cancelled ? EventStatus.Cancelled : EventStatus.Confirmed,
            Class = "PRIVATE",
        };
    }

    // Programs disagree about which of two equal local times is meant, so both are written in UTC.
    private static CalDateTime When(DateTimeOffset at, DateTimeZone zone)
    {
        var local = Instant.FromDateTimeOffset(at).InZone(zone).LocalDateTime;
        return zone.MapLocal(local).Count == 2 ? Utc(at) : Local(local, zone.Id);
    }

    // Every clock change between the entries, each by itself: a repeating rule would be right only until a law changes.
    private static VTimeZone Zone(DateTimeZone zone, DateTimeOffset from, DateTimeOffset until)
    {
        var written = new VTimeZone(zone.Id);
        var covered = new Interval(Instant.FromDateTimeOffset(from), Instant.FromDateTimeOffset(until) + NodaTime.Duration.Epsilon);
        foreach (var interval in zone.GetZoneIntervals(covered))
        {
            var before = interval.HasStart ? zone.GetUtcOffset(interval.Start - NodaTime.Duration.Epsilon) : interval.WallOffset;
            var start = interval.HasStart ? interval.Start.WithOffset(before).LocalDateTime : new LocalDateTime(1970, 1, 1, 0, 0);
            written.Children.Add(
                new VTimeZoneInfo(interval.Savings == Offset.Zero ? "STANDARD" : "DAYLIGHT")
                {
                    DtStart = Local(start, null),
                    OffsetFrom = new UtcOffset(before.ToTimeSpan()),
                    OffsetTo = new UtcOffset(interval.WallOffset.ToTimeSpan()),
                    TimeZoneName = interval.Name,
                }
            );
        }

        return written;
    }

    private static CalDateTime Utc(DateTimeOffset at)
    {
        var utc = at.UtcDateTime;
        return new CalDateTime(utc.Year, utc.Month, utc.Day, utc.Hour, utc.Minute, utc.Second, "UTC");
    }

    private static CalDateTime Local(LocalDateTime at, string? zone) => new(at.Year, at.Month, at.Day, at.Hour, at.Minute, at.Second, zone);
}
