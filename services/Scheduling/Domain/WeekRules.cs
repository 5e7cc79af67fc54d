namespace GroupTherapy.Scheduling.Domain;

/// <summary>A session in the calendar of a practice, or of a facilitator.</summary>
/// <param name="Seats">Members with a seat.</param>
/// <param name="Absences">Those of them who said that they will not come.</param>
/// <param name="Uncovered">Why no facilitator may lead it: <c>away</c>, <c>no-cover</c> or <c>left</c>; null when one may.</param>
/// <param name="QuorumAsked">It is asked whether it takes place.</param>
public sealed record CalendarSession(
    Guid Id,
    Guid GroupId,
    string GroupName,
    string Practice,
    string ServiceClass,
    string Modality,
    DateTimeOffset StartsAt,
    DateTimeOffset EndsAt,
    string TimeZone,
    string Status,
    Guid FacilitatorId,
    IReadOnlyList<Guid> CoFacilitatorIds,
    int Seats,
    int Absences,
    string? Uncovered,
    bool QuorumAsked
);

/// <summary>Time off of a facilitator.</summary>
public sealed record CalendarTimeOff(Guid FacilitatorId, DateTimeOffset From, DateTimeOffset To);

/// <summary>A holiday of a practice.</summary>
public sealed record CalendarHoliday(string Practice, DateOnly Day, string Name, string Effect);

/// <summary>Two things that one facilitator cannot do at once.</summary>
/// <param name="OtherSessionId">Null where the session falls into time off.</param>
public sealed record CalendarConflict(Guid FacilitatorId, Guid SessionId, Guid? OtherSessionId, DateTimeOffset From, DateTimeOffset To);

/// <summary>The content of a calendar between two instants.</summary>
public sealed record CalendarWeek(
    IReadOnlyList<CalendarSession> Sessions,
    IReadOnlyList<CalendarTimeOff> TimeOff,
    IReadOnlyList<CalendarHoliday> Holidays,
    IReadOnlyList<CalendarConflict> Conflicts
);

/// <summary>Finds conflicts in a calendar. Pure.</summary>
public static class WeekRules
{
    /// <param name="sessions">In order of their start; cancelled ones conflict with nothing.</param>
    public static IReadOnlyList<CalendarConflict> Conflicts(IReadOnlyList<CalendarSession> sessions, IReadOnlyList<CalendarTimeOff> timeOff)
    {
        var conflicts = new List<CalendarConflict>();
        var byPerson = sessions
            .Where(s => s.Status != "cancelled")
            .SelectMany(s => s.CoFacilitatorIds.Prepend(s.FacilitatorId).Distinct().Select(f => (Facilitator: f, Session: s)))
            .GroupBy(x => x.Facilitator, x => x.Session);
        foreach (var person in byPerson)
        {
            var own = person.ToList();
            var off = timeOff.Where(t => t.FacilitatorId == person.Key).ToList();
            for (var i = 0; i < own.Count; i++)
            {
                for (var j = i + 1; j < own.Count && own[j].StartsAt < own[i].EndsAt; j++)
                {
                    conflicts.Add(new CalendarConflict(person.Key, own[i].Id, own[j].Id, own[j].StartsAt, Earlier(own[i].EndsAt, own[j].EndsAt)));
                }

                conflicts.AddRange(
                    off.Where(t => t.From < own[i].EndsAt && own[i].StartsAt < t.To)
                        .Select(t => new CalendarConflict(
                            person.Key,
                            own[i].Id,
                            null,
                            t.From > own[i].StartsAt ? t.From : own[i].StartsAt,
                            Earlier(own[i].EndsAt, t.To)
                        ))
                );
            }
        }

        return [.. conflicts.OrderBy(c => c.From).ThenBy(c => c.SessionId)];
    }

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}
