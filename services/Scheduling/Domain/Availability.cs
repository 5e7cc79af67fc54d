using System.ComponentModel.DataAnnotations;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Time;
using GroupTherapy.Scheduling.Series;

namespace GroupTherapy.Scheduling.Domain;

/// <summary>A time of the week on the wall clock of the facilitator's zone.</summary>
/// <param name="DayOfWeek">Lower-case English name.</param>
/// <param name="From"><c>HH:MM</c>.</param>
/// <param name="To"><c>HH:MM</c>, after <paramref name="From"/>; <c>24:00</c> is the end of the day.</param>
public sealed record WeeklyTime([Required] string? DayOfWeek, [Required] string? From, [Required] string? To);

/// <summary>A time in which a facilitator does not work. No reason is asked for.</summary>
public sealed record TimeOff([Required] DateTimeOffset? From, [Required] DateTimeOffset? To);

/// <summary>The sessions that members may book by themselves.</summary>
/// <param name="ServiceClass"><c>psychotherapy_individual</c> or <c>intake</c>.</param>
/// <param name="DurationMinutes">15 to 480.</param>
public sealed record Bookable([Required] string? ServiceClass, [Required] int? DurationMinutes);

/// <summary>When a facilitator can be booked. A facilitator without any is booked by operators alone, at any time.</summary>
/// <param name="BreakMinutes">Kept free between two sessions.</param>
/// <param name="TravelMinutes">Kept free before and after a session in person.</param>
/// <param name="NoticeHours">Members book no later than this before the start.</param>
/// <param name="HorizonDays">Members book at most this far ahead.</param>
/// <param name="Version">Grows with every change; the <c>ETag</c> holds it; 0 while nothing was said.</param>
public sealed record Availability(
    Guid FacilitatorId,
    string TimeZone,
    IReadOnlyList<WeeklyTime> Weekly,
    IReadOnlyList<TimeOff> TimeOff,
    IReadOnlyList<Bookable> Bookable,
    int BreakMinutes,
    int TravelMinutes,
    int NoticeHours,
    int HorizonDays,
    long Version
)
{
    public static Availability None(Guid facilitator, string timeZone) => new(facilitator, timeZone, [], [], [], 0, 0, 24, 60, 0);
}

/// <summary>Replaces the whole availability: a field left out becomes empty or takes its default.</summary>
public sealed record SetAvailabilityRequest
{
    /// <summary>IANA name.</summary>
    [Required]
    public string? TimeZone { get; init; }

    public IReadOnlyList<WeeklyTime>? Weekly { get; init; }
    public IReadOnlyList<TimeOff>? TimeOff { get; init; }
    public IReadOnlyList<Bookable>? Bookable { get; init; }

    /// <summary>0 (default) to 120.</summary>
    public int? BreakMinutes { get; init; }

    /// <summary>0 (default) to 240.</summary>
    public int? TravelMinutes { get; init; }

    /// <summary>0 to 720; default 24.</summary>
    public int? NoticeHours { get; init; }

    /// <summary>1 to 366; default 60.</summary>
    public int? HorizonDays { get; init; }

    /// <summary>Not set: may come back as it was shown.</summary>
    public Guid? FacilitatorId { get; init; }

    /// <summary>Not set: may come back as it was shown.</summary>
    public long? Version { get; init; }
}

/// <summary>Checks what an availability may be; every fault is named by its field. Pure.</summary>
public static class AvailabilityRules
{
    private const int MostTimes = 100;
    private static readonly string[] Days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    private static readonly string[] Classes = ["psychotherapy_individual", "intake"];

    /// <returns>The availability; null with the faults in <paramref name="errors"/>.</returns>
    public static Availability? Check(Availability shown, SetAvailabilityRequest r, DateTimeOffset now, FieldErrors errors)
    {
        errors.AsShown(r.FacilitatorId, shown.FacilitatorId, "facilitatorId").AsShown(r.Version, shown.Version, "version");
        var (weekly, off, bookable) = (r.Weekly ?? [], r.TimeOff ?? [], r.Bookable ?? []);
        errors
            .Check(SeriesRules.Zone(r.TimeZone) is not null, "timeZone", "An IANA zone, like America/New_York.")
            .Check(weekly.Count <= MostTimes, "weekly", $"At most {MostTimes}.")
            .Check(off.Count <= MostTimes, "timeOff", $"At most {MostTimes}.")
            .Check(bookable.Count <= Classes.Length && bookable.DistinctBy(b => b?.ServiceClass).Count() == bookable.Count, "bookable", "Each class once.")
            .Check(r.BreakMinutes is null or (>= 0 and <= 120), "breakMinutes", "0 to 120 minutes.")
            .Check(r.TravelMinutes is null or (>= 0 and <= 240), "travelMinutes", "0 to 240 minutes.")
            .Check(r.NoticeHours is null or (>= 0 and <= 720), "noticeHours", "0 to 720 hours.")
            .Check(r.HorizonDays is null or (>= 1 and <= 366), "horizonDays", "1 to 366 days.");
        for (var i = 0; i < weekly.Count; i++)
        {
            var time = weekly[i];
            var (from, to) = (Minute(time?.From), Minute(time?.To));
            errors
                .Check(time is not null && Days.Contains(time.DayOfWeek), $"weekly[{i}].dayOfWeek", "A day, like monday.")
                .Check(from is not null, $"weekly[{i}].from", "HH:MM.")
                .Check(to is not null && (from is null || to > from), $"weekly[{i}].to", "HH:MM, after the beginning; 24:00 is the end of the day.");
        }

        for (var i = 0; i < off.Count; i++)
        {
            errors
                .Check(off[i]?.From is not null, $"timeOff[{i}].from", "This is needed.")
                .Check(off[i]?.To is { } to && (off[i].From is not { } from || to > from), $"timeOff[{i}].to", "An instant after the beginning.")
                .Check(off[i]?.To is not { } end || IsNear(end, now), $"timeOff[{i}].to", "Within three years of today.")
                .Check(off[i]?.From is not { } begin || IsNear(begin, now), $"timeOff[{i}].from", "Within three years of today.");
        }

        for (var i = 0; i < bookable.Count; i++)
        {
            errors
                .Check(bookable[i]?.ServiceClass is { } c && Classes.Contains(c), $"bookable[{i}].serviceClass", $"One of {string.Join(", ", Classes)}.")
                .Check(bookable[i]?.DurationMinutes is >= 15 and <= 480, $"bookable[{i}].durationMinutes", "15 to 480 minutes.");
        }

        return errors.Any
            ? null
            : new Availability(
                shown.FacilitatorId,
                r.TimeZone!,
                weekly,
                [.. off.Select(o => new TimeOff(Utc(o.From), Utc(o.To))).OrderBy(o => o.From)],
                bookable,
                r.BreakMinutes ?? 0,
                r.TravelMinutes ?? 0,
                r.NoticeHours ?? 24,
                r.HorizonDays ?? 60,
                0
            );
    }

    private static DateTimeOffset Utc(DateTimeOffset? at) => at!.Value.ToUniversalTime().ToMicroseconds();

    private static bool IsNear(DateTimeOffset at, DateTimeOffset now) => at >= now.AddDays(-1100) && at <= now.AddDays(1100);

    /// <summary>Minutes since midnight; null for a text that is no time of day. <c>24:00</c> is 1440.</summary>
    public static int? Minute(string? text) =>
        text == "24:00" ? 1440
        : SeriesRules.Time(text) is { } time ? time.Hour * 60 + time.Minute
        : null;

    /// <summary>0 for Monday to 6 for Sunday.</summary>
    public static int Day(string name) => Array.IndexOf(Days, name);

    public static string DayName(int day) => Days[day];
}
