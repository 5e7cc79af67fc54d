namespace GroupTherapy.Description;

/// <summary>The ways of writing that the API uses in texts: pattern (ECMA 262) and example by name of the format.</summary>
internal static class TextFormats
{
    /// <summary>ISO 8601 date.</summary>
    public const string Date = "date";

    /// <summary><c>HH:MM</c>, in the zone that stands beside it.</summary>
    public const string LocalTime = "local-time";

    /// <summary>An exact IANA zone id.</summary>
    public const string TimeZone = "time-zone";

    /// <summary>ISO 3166-2, or <c>FOREIGN</c> or <c>UNKNOWN</c>.</summary>
    public const string Jurisdiction = "jurisdiction";

    public const string Email = "email";

    /// <summary>A language tag (BCP 47).</summary>
    public const string Language = "language-tag";

    /// <summary>SHA-256 in lower-case hexadecimal.</summary>
    public const string Sha256 = "sha256";

    public const string Uuid = "uuid";

    public const string Uri = "uri";

    public const string Instant = "date-time";

    public static readonly IReadOnlyDictionary<string, (string? Pattern, string Example)> All = new Dictionary<string, (string?, string)>
    {
        [Date] = (null, "2026-11-24"),
        [LocalTime] = ("^([01][0-9]|2[0-3]):[0-5][0-9]$", "19:00"),
        [TimeZone] = (null, "America/New_York"),
        [Jurisdiction] = ("^([A-Z]{2}-[A-Z0-9]{1,3}|FOREIGN|UNKNOWN)$", "US-FL"),
        [Email] = (null, "maya@example.org"),
        [Language] = ("^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$", "en"),
        [Sha256] = ("^[0-9a-f]{64}$", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
        [Uuid] = (null, "0197f2a4-5b1e-7c3d-9e2f-1a2b3c4d5e6f"),
        [Uri] = (null, "https://groups.example.org/"),
        [Instant] = (null, "2026-11-24T00:00:00Z"),
    };
}
