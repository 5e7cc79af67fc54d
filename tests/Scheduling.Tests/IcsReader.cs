using System.Globalization;
using System.Text;
using Xunit;

namespace GroupTherapy.Scheduling.Tests;

/// <summary>Reads a calendar as a strict client would: by the text alone, with no knowledge of zones but what the feed says.</summary>
public sealed class IcsReader
{
    private readonly Dictionary<string, List<(DateTime Start, TimeSpan From, TimeSpan To)>> _zones = [];

    public List<Dictionary<string, string>> Events { get; } = [];

    public static IcsReader Read(string text)
    {
        Assert.EndsWith("\r\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', text.Replace("\r\n", "", StringComparison.Ordinal));
        Assert.All(text.Split("\r\n"), l => Assert.InRange(Encoding.UTF8.GetByteCount(l), 0, 75));
        var lines = text.Replace("\r\n ", "", StringComparison.Ordinal).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(("BEGIN:VCALENDAR", "END:VCALENDAR"), (lines[0], lines[^1]));

        var reader = new IcsReader();
        var open = new Stack<string>();
        var zone = "";
        Dictionary<string, string> current = [];
        foreach (var line in lines)
        {
            var (name, value) = (line[..line.IndexOf(':', StringComparison.Ordinal)], line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..]);
            if (name == "BEGIN")
            {
                open.Push(value);
                current = value is "VEVENT" or "STANDARD" or "DAYLIGHT" ? [] : current;
            }
            else if (name == "END")
            {
                Assert.Equal(open.Pop(), value);
                reader.Close(value, zone, current);
            }
            else if (open.Peek() == "VTIMEZONE")
            {
                if (name == "TZID")
                {
                    zone = value;
                    reader._zones.Add(zone, []);
                }
            }
            else
            {
                Assert.True(current.TryAdd(name, value) || open.Peek() == "VCALENDAR", $"{name} stands twice.");
            }
        }

        return reader;
    }

    /// <summary>The instant that a property of an event names.</summary>
    public DateTimeOffset Instant(Dictionary<string, string> entry, string property)
    {
        var (name, value) = entry.Single(p => p.Key == property || p.Key.StartsWith($"{property};TZID=", StringComparison.Ordinal));
        if (value.EndsWith('Z'))
        {
            return new DateTimeOffset(Parse(value.TrimEnd('Z')), TimeSpan.Zero);
        }

        // RFC 5545: the observance with the latest start that is not after the local time; at an overlap the first counts.
        var local = Parse(value);
        var observances = _zones[name.Split("TZID=")[1]].OrderBy(o => o.Start).ToList();
        var offset = observances[0].From;
        foreach (var observance in observances.Where(o => local >= o.Start + Max(TimeSpan.Zero, o.To - o.From) || (o == observances[0] && local >= o.Start)))
        {
            offset = observance.To;
        }

        return new DateTimeOffset(local, offset);
    }

    private void Close(string component, string zone, Dictionary<string, string> properties)
    {
        if (component == "VEVENT")
        {
            Events.Add(properties);
        }
        else if (component is "STANDARD" or "DAYLIGHT")
        {
            _zones[zone].Add((Parse(properties["DTSTART"]), Offset(properties["TZOFFSETFROM"]), Offset(properties["TZOFFSETTO"])));
        }
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private static DateTime Parse(string text) => DateTime.ParseExact(text, "yyyyMMdd'T'HHmmss", CultureInfo.InvariantCulture);

    private static TimeSpan Offset(string text) => TimeSpan.ParseExact(text[1..], "hhmm", CultureInfo.InvariantCulture) * (text[0] == '-' ? -1 : 1);
}
