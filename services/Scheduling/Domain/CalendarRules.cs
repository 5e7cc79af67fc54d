using System.Globalization;
using System.Text;
using NodaTime;

namespace GroupTherapy.Scheduling.Domain;

/// <summary>One entry of a calendar.</summary>
/// <param name="Cancelled">Cancelled, or fallen away from this calendar.</param>
/// <param name="Sequence">From 0; grows when time or status change, and only then.</param>
public sealed record CalendarEntry(
    Guid SessionId, DateTimeOffset StartsAt, DateTimeOffset EndsAt, string TimeZone, bool Cancelled, long Sequence, DateTimeOffset ChangedAt);

/// <summary>
/// Writes a calendar by RFC 5545. Titles say nothing of therapy, a group or a person: others see calendars, and employers synchronise them.
/// </summary>
public static class CalendarRules
{
    public const string Title = "Appointment";

    private const int LongestLine = 75;

    public static string Render(IReadOnlyList<CalendarEntry> entries)
    {
        var text = new StringBuilder();
        Line(text, "BEGIN:VCALENDAR");
        Line(text, "VERSION:2.0");
        Line(text, "PRODID:-//GroupTherapy//Calendar//EN");
        Line(text, "CALSCALE:GREGORIAN");
        Line(text, "METHOD:PUBLISH");
        Line(text, $"X-WR-CALNAME:{Escape("Appointments")}");
        foreach (var zone in entries.GroupBy(e => e.TimeZone).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            Zone(text, DateTimeZoneProviders.Tzdb[zone.Key], zone.Min(e => e.StartsAt), zone.Max(e => e.EndsAt));
        }

        foreach (var entry in entries)
        {
            Event(text, entry);
        }

        Line(text, "END:VCALENDAR");
        return text.ToString();
    }

    /// <summary>Escapes a text value: backslash, comma, semicolon and line ends.</summary>
    public static string Escape(string text) => text
        .Replace("\\", "\\\\", StringComparison.Ordinal).Replace(";", "\\;", StringComparison.Ordinal).Replace(",", "\\,", StringComparison.Ordinal)
        .Replace("\r\n", "\\n", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal).Replace("\r", "\\n", StringComparison.Ordinal);

    /// <summary>Appends a content line, folded so that no line has more than 75 octets and no character is split.</summary>
    public static void Line(StringBuilder text, string content)
    {
        var octets = 0;
        foreach (var rune in content.EnumerateRunes())
        {
            if (octets + rune.Utf8SequenceLength > LongestLine)
            {
                text.Append("\r\n ");
                octets = 1;
            }

            text.Append(rune.ToString());
            octets += rune.Utf8SequenceLength;
        }

        text.Append("\r\n");
    }

    private static void Event(StringBuilder text, CalendarEntry entry)
    {
        var zone = DateTimeZoneProviders.Tzdb[entry.TimeZone];
        Line(text, "BEGIN:VEVENT");
        Line(text, $"UID:session-{entry.SessionId}@grouptherapy");
        Line(text, $"DTSTAMP:{Utc(entry.ChangedAt)}");
        Line(text, $"LAST-MODIFIED:{Utc(entry.ChangedAt)}");
        Line(text, $"SEQUENCE:{entry.Sequence.ToString(CultureInfo.InvariantCulture)}");
        Line(text, $"DTSTART{When(entry.StartsAt, zone)}");
        Line(text, $"DTEND{When(entry.EndsAt, zone)}");
        Line(text, $"SUMMARY:{Escape(Title)}");
        Line(text, $"STATUS:{(entry.Cancelled ? "CANCELLED" : "CONFIRMED")}");
        Line(text, "CLASS:PRIVATE");
        Line(text, "END:VEVENT");
    }

    // Programs disagree about which of two equal local times is meant, so both are written in UTC.
    private static string When(DateTimeOffset at, DateTimeZone zone)
    {
        var local = Instant.FromDateTimeOffset(at).InZone(zone).LocalDateTime;
        return zone.MapLocal(local).Count == 2 ? $":{Utc(at)}" : $";TZID={zone.Id}:{Local(local)}";
    }

    // Every clock change between the entries, each by itself: a repeating rule would be right only until a law changes.
    private static void Zone(StringBuilder text, DateTimeZone zone, DateTimeOffset from, DateTimeOffset until)
    {
        Line(text, "BEGIN:VTIMEZONE");
        Line(text, $"TZID:{zone.Id}");
        foreach (var interval in zone.GetZoneIntervals(new Interval(Instant.FromDateTimeOffset(from), Instant.FromDateTimeOffset(until) + Duration.Epsilon)))
        {
            var kind = interval.Savings == Offset.Zero ? "STANDARD" : "DAYLIGHT";
            var before = interval.HasStart ? zone.GetUtcOffset(interval.Start - Duration.Epsilon) : interval.WallOffset;
            var start = interval.HasStart ? interval.Start.WithOffset(before).LocalDateTime : new LocalDateTime(1970, 1, 1, 0, 0);
            Line(text, $"BEGIN:{kind}");
            Line(text, $"DTSTART:{Local(start)}");
            Line(text, $"TZOFFSETFROM:{OffsetText(before)}");
            Line(text, $"TZOFFSETTO:{OffsetText(interval.WallOffset)}");
            Line(text, $"TZNAME:{Escape(interval.Name)}");
            Line(text, $"END:{kind}");
        }

        Line(text, "END:VTIMEZONE");
    }

    private static string Utc(DateTimeOffset at) => at.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    private static string Local(LocalDateTime at) => at.ToString("uuuuMMdd'T'HHmmss", CultureInfo.InvariantCulture);

    private static string OffsetText(Offset offset) => offset.ToString(offset.Seconds % 60 == 0 ? "+HHmm" : "+HHmmss", CultureInfo.InvariantCulture);
}
