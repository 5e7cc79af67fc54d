using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Scheduling.Series;

namespace GroupTherapy.Scheduling.Storage;

/// <summary>Skips or moves sessions that are planned on days that become holidays.</summary>
internal static class HolidayChanges
{
    /// <param name="after">Sessions that start earlier are not touched.</param>
    public static async Task<(int Cancelled, int Moved)> ApplyAsync(UnitOfWork work, string practice, IReadOnlyList<Holiday> holidays, DateTimeOffset after)
    {
        var (cancelled, moved) = (0, 0);
        var byDay = holidays.ToDictionary(h => h.Day);
        foreach (var id in await HolidayStore.GroupsOnAsync(work, practice, [.. byDay.Keys], after))
        {
            var group = (await GroupStore.LockAnyAsync(work, id))!;
            foreach (var session in (await SessionStore.OfGroupAsync(work, id)).Where(s =>
                !s.Extra && s.Placement == Placements.Series && s.CancelledAt is null && s.StartsAt > after && byDay.ContainsKey(s.LocalDate)))
            {
                if (await MoveAsync(work, group, session, byDay[session.LocalDate]))
                {
                    moved++;
                }
                else
                {
                    await SessionStore.CancelAsync(work, group, session.Id, byDay[session.LocalDate].Name, SessionStore.ForHoliday);
                    cancelled++;
                }
            }

            await GroupStore.UpdateSeriesEndAsync(work, group);
        }

        return (cancelled, moved);
    }

    private static async Task<bool> MoveAsync(UnitOfWork work, Group group, Session session, Holiday holiday)
    {
        if (holiday.Effect != HolidayRules.Move)
        {
            return false;
        }

        await FacilitatorStore.LockAsync(work, session.Staff);
        var zone = SeriesRules.Zone(session.TimeZone)!;
        var local = SeriesRules.WallClock(session.StartsAt, zone).AddDays(holiday.MoveDays);
        var start = SeriesRules.ToInstant(local, zone);
        var meeting = new MeetingTime(start, start + (session.EndsAt - session.StartsAt));
        if (start <= work.Now
            || await BookingStore.FirstConflictAsync(work, session.Staff, [meeting], exceptSession: session.Id, inPerson: group.IsInPerson) is not null
            || await SessionStore.MoveAsync(work, session, meeting.StartsAt, meeting.EndsAt, local, Placements.Holiday) is not { } moved)
        {
            return false;
        }

        work.Publish(new SessionRescheduled(moved.Snapshot(group), work.Now, session.StartsAt, SessionStore.ForHoliday));
        work.Audit(
            "session.rescheduled", reference: session.Id, data: new { group.Id, from = session.StartsAt, to = moved.StartsAt, moved.Version });
        return true;
    }
}
