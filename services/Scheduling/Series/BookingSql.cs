using System.Globalization;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;

namespace GroupTherapy.Scheduling.Series;

/// <summary>A session of another plan that takes the same facilitator at the same time.</summary>
public sealed record Clash(Guid FacilitatorId, Guid GroupId, string GroupName, DateTimeOffset StartsAt, DateTimeOffset EndsAt, string TimeZone)
{
    public Problem ToProblem()
    {
        var (date, time) = SeriesRules.LocalStart(StartsAt, TimeZone);
        return new Problem(
            409, "facilitator-busy", $"The facilitator leads \"{GroupName}\" on {date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)} at {time} ({TimeZone}).",
            Extra: new Dictionary<string, object?> { ["clash"] = new { FacilitatorId, GroupId, GroupName, StartsAt, EndsAt } });
    }
}

/// <summary>Who is taken when. Call it with the facilitators locked, so that its answer still holds at the commit.</summary>
internal static class BookingSql
{
    /// <param name="staff">Whose time is asked for.</param>
    /// <param name="meetings">In order of time; not empty.</param>
    /// <param name="exceptSession">A session that is itself being moved.</param>
    public static async Task<Clash?> FirstClashAsync(UnitOfWork work, Guid[] staff, IReadOnlyList<Occurrence> meetings, Guid? exceptSession = null)
    {
        // Weeks without rows first, rows second: a week that becomes rows in between is then seen twice, never missed.
        var series = await SeriesOfAsync(work, staff);
        var later = series.Select(s => s.FirstClash(staff, meetings)).OfType<Clash>().MinBy(c => c.StartsAt);

        var booked = await work.FirstOrDefaultAsync<Clash>(
            """
            select b.facilitator_id, g.id as group_id, g.name as group_name, s.starts_at, s.ends_at, s.time_zone
            from unnest(@starts, @ends) m (starts_at, ends_at)
            join bookings b on b.facilitator_id = any(@staff) and b.during && tstzrange(m.starts_at, m.ends_at) and b.session_id is distinct from @exceptSession
            join sessions s on s.id = b.session_id
            join groups g on g.id = s.group_id
            order by s.starts_at, g.id limit 1
            """,
            new { staff, exceptSession, starts = meetings.Select(m => m.StartsAt).ToArray(), ends = meetings.Select(m => m.EndsAt).ToArray() });
        return booked ?? later;
    }

    /// <returns>Those of the staff who are taken during a meeting by another session.</returns>
    public static async Task<IReadOnlySet<Guid>> BusyAsync(UnitOfWork work, Guid[] staff, Occurrence meeting, Guid exceptSession)
    {
        var series = await SeriesOfAsync(work, staff);
        var booked = await work.QueryAsync<Guid>(
            "select facilitator_id from bookings where facilitator_id = any(@staff) and during && tstzrange(@StartsAt, @EndsAt) and session_id <> @exceptSession",
            new { staff, meeting.StartsAt, meeting.EndsAt, exceptSession });
        return series.Where(s => s.FirstClash(staff, [meeting]) is not null).SelectMany(s => s.Staff).Concat(booked).ToHashSet();
    }

    private static Task<IReadOnlyList<SeriesRow>> SeriesOfAsync(UnitOfWork work, Guid[] staff) => work.QueryAsync<SeriesRow>(
        """
        select id, name, lead_facilitator_id, co_facilitator_ids, starts_on, local_time, time_zone, duration_minutes, weeks, next_week
        from groups where next_week is not null and (lead_facilitator_id = any(@staff) or co_facilitator_ids && @staff)
        order by id
        """, new { staff });

    private sealed record SeriesRow(
        Guid Id, string Name, Guid LeadFacilitatorId, Guid[] CoFacilitatorIds,
        DateOnly StartsOn, string LocalTime, string TimeZone, int DurationMinutes, int? Weeks, int NextWeek)
    {
        public IEnumerable<Guid> Staff => CoFacilitatorIds.Prepend(LeadFacilitatorId);

        public Clash? FirstClash(Guid[] staff, IReadOnlyList<Occurrence> meetings)
        {
            var series = SeriesRules.Of(StartsOn, LocalTime, TimeZone, DurationMinutes, Weeks);
            var theirs = SeriesRules.NotOver(series, meetings[0].StartsAt, NextWeek).TakeWhile(o => o.StartsAt < meetings[^1].EndsAt);
            return SeriesRules.FirstClash(meetings, theirs) is { Theirs: var their }
                ? new Clash(Staff.First(staff.Contains), Id, Name, their.StartsAt, their.EndsAt, TimeZone)
                : null;
        }
    }
}
