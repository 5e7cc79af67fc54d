namespace GroupTherapy.Calendar;

/// <summary>One entry of a calendar.</summary>
/// <param name="TimeZone">IANA id: the wall clock that the entry follows.</param>
/// <param name="Cancelled">Cancelled, or fallen away from this calendar.</param>
/// <param name="Sequence">From 0; grows when time, venue or status change, and only then.</param>
/// <param name="ChangedAt">When it grew last.</param>
/// <param name="Venue">Where people meet in person; null for a session by video.</param>
public sealed record CalendarEntry(
    Guid SessionId,
    DateTimeOffset StartsAt,
    DateTimeOffset EndsAt,
    string TimeZone,
    bool Cancelled,
    long Sequence,
    DateTimeOffset ChangedAt,
    string? Venue = null
);
