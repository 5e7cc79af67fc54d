using System.Text.Json;
using GroupTherapy.Notifications.Domain;
using NodaTime;

namespace GroupTherapy.Notifications.Rendering;

/// <summary>The words of one language that are no sentence of one mail: <c>words.json</c>.</summary>
/// <param name="Date">With <c>{weekday}</c>, <c>{month}</c> and <c>{day}</c>.</param>
/// <param name="TwelveHours">7:00 PM instead of 19:00.</param>
/// <param name="Why">Why the person gets mails.</param>
/// <param name="Settings">The label of the link to the preferences.</param>
/// <param name="Stop">The label of the link that switches a kind off.</param>
public sealed record Words(string[] Weekdays, string[] Months, string Date, bool TwelveHours, string Why, string Settings, string Stop)
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { RespectRequiredConstructorParameters = true };

    public static Words Read(string json) => JsonSerializer.Deserialize<Words>(json, Format)!;
}

/// <summary>Writes instants as a person reads them: in their zone and their language.</summary>
public sealed class LocalText(Words words, DateTimeZone zone)
{
    public string Day(DateTimeOffset at)
    {
        var date = In(at).Date;
        return words
            .Date.Replace("{weekday}", words.Weekdays[(int)date.DayOfWeek - 1], StringComparison.Ordinal)
            .Replace("{month}", words.Months[date.Month - 1], StringComparison.Ordinal)
            .Replace("{day}", $"{date.Day}", StringComparison.Ordinal);
    }

    /// <summary>The time of day with the zone's abbreviation at that instant.</summary>
    public string Time(DateTimeOffset at)
    {
        var (time, interval) = (In(at).TimeOfDay, zone.GetZoneInterval(Instant.FromDateTimeOffset(at)));
        var clock = words.TwelveHours ? $"{(time.Hour + 11) % 12 + 1}:{time.Minute:00} {(time.Hour < 12 ? "AM" : "PM")}" : PreferenceRules.Text(time);
        return $"{clock} {ZoneName(interval.Name, interval.WallOffset)}";
    }

    private ZonedDateTime In(DateTimeOffset at) => Instant.FromDateTimeOffset(at).InZone(zone);

    // Many zones have a number for a name, which no person says.
    private static string ZoneName(string name, Offset offset)
    {
        var minutes = Math.Abs(offset.Seconds) / 60;
        return name.Any(char.IsAsciiLetter) ? name : $"UTC{(offset < Offset.Zero ? '-' : '+')}{minutes / 60}{(minutes % 60 == 0 ? "" : $":{minutes % 60:00}")}";
    }
}
