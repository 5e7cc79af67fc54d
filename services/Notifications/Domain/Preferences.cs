using NodaTime;

namespace GroupTherapy.Notifications.Domain;

/// <summary>Hours in which reminders do not arrive, on the person's own clock. May go over midnight.</summary>
public sealed record QuietHours(LocalTime From, LocalTime To)
{
    /// <summary>The quiet period that holds the instant; null outside of it.</summary>
    public (Instant Start, Instant End)? Around(Instant at, DateTimeZone zone)
    {
        if (From == To)
        {
            return null;
        }

        // A period over midnight belongs to the day on which it begins.
        var today = at.InZone(zone).Date;
        foreach (var day in new[] { today.PlusDays(-1), today })
        {
            var start = zone.AtLeniently(day + From).ToInstant();
            var end = zone.AtLeniently((From < To ? day : day.PlusDays(1)) + To).ToInstant();
            if (start <= at && at < end)
            {
                return (start, end);
            }
        }

        return null;
    }
}

/// <summary>How one person wants to be written to.</summary>
/// <param name="Language"><c>en</c> or <c>es</c>.</param>
/// <param name="Quiet">Null for none.</param>
/// <param name="Off">Codes of optional kinds that the person has switched off.</param>
public sealed record Preferences(string Language, DateTimeZone Zone, QuietHours? Quiet, IReadOnlySet<string> Off);

/// <summary>The bounds of preferences, and the defaults where the person has chosen nothing.</summary>
public static class PreferenceRules
{
    public static readonly IReadOnlyList<string> Languages = ["en", "es"];

    /// <summary>The zone by its exact IANA id, links included; null for anything else, offsets too.</summary>
    public static DateTimeZone? ZoneOf(string? id) =>
        id is not null && DateTimeZoneProviders.Tzdb.Ids.Contains(id) ? DateTimeZoneProviders.Tzdb.GetZoneOrNull(id) : null;

    /// <param name="tag">BCP 47, such as <c>es-US</c>.</param>
    /// <returns>One of <see cref="Languages"/>; English for every other language.</returns>
    public static string LanguageOf(string? tag) => tag?.Split('-')[0].ToLowerInvariant() is { } first && Languages.Contains(first) ? first : Languages[0];

    /// <summary>A time of day such as <c>21:00</c>; null for anything else.</summary>
    public static LocalTime? TimeOf(string? text) =>
        text is [>= '0' and <= '2', >= '0' and <= '9', ':', >= '0' and <= '5', >= '0' and <= '9'] && int.Parse(text[..2], null) is < 24 and var hour
            ? new LocalTime(hour, int.Parse(text[3..], null))
            : null;

    public static string Text(LocalTime time) => $"{time.Hour:00}:{time.Minute:00}";

    /// <summary>The person's own choice, else their profile, else the zone of the session or the practice.</summary>
    public static Preferences Resolve(StoredPreferences? own, StoredPreferences? profile, string? zoneOfFacts) =>
        new(
            LanguageOf(own?.Language ?? profile?.Language),
            ZoneOf(own?.TimeZone) ?? ZoneOf(profile?.TimeZone) ?? ZoneOf(zoneOfFacts) ?? DateTimeZone.Utc,
            TimeOf(own?.QuietFrom) is { } from && TimeOf(own?.QuietTo) is { } to ? new QuietHours(from, to) : null,
            own?.Off is { } off ? off.ToHashSet(StringComparer.Ordinal) : new HashSet<string>()
        );

    /// <summary>
    /// The preferences to store for a person's form. The form showed the profile's language and zone where the person had chosen none: sent back
    /// unchanged they stay the profile's.
    /// </summary>
    /// <returns>Null when the form changes nothing.</returns>
    public static StoredPreferences? Chosen(StoredPreferences form, StoredPreferences? own, StoredPreferences? profile)
    {
        var before = own ?? new StoredPreferences(null, null, null, null, []);
        var after = form with
        {
            Language = form.Language == LanguageOf(own?.Language ?? profile?.Language) ? own?.Language : form.Language,
            TimeZone = form.TimeZone == ZoneOf(own?.TimeZone ?? profile?.TimeZone)?.Id ? own?.TimeZone : form.TimeZone,
            Off = before.Off,
        };
        return after == before && (form.Off ?? []).ToHashSet().SetEquals(before.Off ?? []) ? null : after with { Off = form.Off };
    }
}

/// <summary>As stored; null where nothing was said.</summary>
public sealed record StoredPreferences(string? Language, string? TimeZone, string? QuietFrom, string? QuietTo, string[]? Off);
