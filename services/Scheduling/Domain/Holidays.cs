using GroupTherapy.Scheduling.Series;

namespace GroupTherapy.Scheduling.Domain;

/// <summary>A day on which a practice's groups do not meet as usual.</summary>
/// <param name="Effect"><c>skip</c> (the session does not take place) or <c>move</c>.</param>
/// <param name="MoveDays">By how many days a session is moved, -6 to 6; 0 where it is skipped.</param>
public sealed record Holiday(Guid Id, DateOnly Day, string Name, string Effect, int MoveDays);

/// <summary>Where a meeting of a series comes to be.</summary>
/// <param name="LocalStart">The wall-clock time that people know.</param>
/// <param name="Day">The day of the series that it is for.</param>
/// <param name="SkippedFor">Name of the holiday for which it does not take place; null when it does.</param>
public sealed record PlannedMeeting(DateOnly Day, DateTime LocalStart, DateTimeOffset StartsAt, DateTimeOffset EndsAt, string Placement, string? SkippedFor)
{
    public MeetingTime Time => new(StartsAt, EndsAt);
}

/// <summary>The effect of holidays on the meetings of a series. Pure.</summary>
public static class HolidayRules
{
    public const string Skip = "skip";
    public const string Move = "move";

    /// <param name="holiday">Of the meeting's day; null when it is none.</param>
    /// <param name="isFree">Whether the facilitators are free at a time to which a meeting would be moved; where they are not, it is skipped.</param>
    public static async Task<PlannedMeeting> PlaceAsync(WeeklySeries series, Occurrence meeting, Holiday? holiday, Func<MeetingTime, Task<bool>> isFree)
    {
        var local = meeting.LocalDate.ToDateTime(new TimeOnly(series.LocalTime.TickOfDay));
        if (holiday is { Effect: Move, MoveDays: var days })
        {
            var start = SeriesRules.ToInstant(local.AddDays(days), series.Zone);
            var moved = new PlannedMeeting(meeting.LocalDate, local.AddDays(days), start, start.AddMinutes(series.DurationMinutes), Placements.Holiday, null);
            if (await isFree(moved.Time))
            {
                return moved;
            }
        }

        return new PlannedMeeting(meeting.LocalDate, local, meeting.StartsAt, meeting.EndsAt, Placements.Series, holiday?.Name);
    }
}
