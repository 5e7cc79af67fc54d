using GroupTherapy.Platform.Data;
using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Scheduling.Series;

namespace GroupTherapy.Scheduling.Storage;

/// <summary>Reads and writes when facilitators are busy. Lock the facilitators first, so that an answer still holds at the commit.</summary>
internal static class BookingStore
{
    /// <summary>Frees the facilitators of a session.</summary>
    public static Task FreeAsync(UnitOfWork work, Guid sessionId) =>
        work.ExecuteAsync("delete from bookings where session_id = @sessionId", new { sessionId });

    /// <summary>Facilitators whose booking for a session ends before an instant.</summary>
    public static Task<IReadOnlyList<Guid>> EndingBeforeAsync(UnitOfWork work, Guid sessionId, DateTimeOffset endsAt) => work.QueryAsync<Guid>(
        "select facilitator_id from bookings where session_id = @sessionId and upper(during) < @endsAt order by facilitator_id",
        new { sessionId, endsAt });

    /// <summary>Keeps the facilitators of a session busy until its new end, where that clashes with no other booking.</summary>
    /// <returns>How many bookings are longer now.</returns>
    public static Task<int> ExtendAsync(UnitOfWork work, Guid sessionId, DateTimeOffset endsAt) => work.ExecuteAsync(
        """
        update bookings b set during = tstzrange(lower(b.during), @endsAt)
        where b.session_id = @sessionId and upper(b.during) < @endsAt and not exists (
            select 1 from bookings o where o.facilitator_id = b.facilitator_id and o.session_id <> b.session_id
                and o.during && tstzrange(lower(b.during), @endsAt))
        """, new { sessionId, endsAt });

    /// <summary>Books the facilitators for a session.</summary>
    /// <returns>Those who have a booking for it now. One who is missing is busy with another session.</returns>
    public static async Task<IReadOnlySet<Guid>> BookAsync(UnitOfWork work, Guid sessionId, Guid[] staff, DateTimeOffset from, DateTimeOffset until)
    {
        await work.ExecuteAsync(
            """
            insert into bookings (session_id, facilitator_id, during)
            select @sessionId, f, tstzrange(@from, @until) from unnest(@staff) f on conflict do nothing
            """, new { sessionId, staff, from, until });
        return (await work.QueryAsync<Guid>(
            "select facilitator_id from bookings where session_id = @sessionId and facilitator_id = any(@staff)", new { sessionId, staff })).ToHashSet();
    }

    /// <param name="staff">Facilitators of whom none may be busy.</param>
    /// <param name="meetings">In order of time; not empty.</param>
    /// <param name="exceptSession">A session that is itself being moved.</param>
    /// <returns>The earliest conflict with another session; null when there is none.</returns>
    public static async Task<BookingConflict?> FirstConflictAsync(UnitOfWork work, Guid[] staff, IReadOnlyList<Occurrence> meetings, Guid? exceptSession = null)
    {
        // Weeks without rows first, rows second: a week that gets its row in between is then seen twice, never missed.
        var series = await SeriesOfAsync(work, staff);
        var later = series.Select(s => s.FirstConflict(staff, meetings)).OfType<BookingConflict>().MinBy(c => c.StartsAt);

        var booked = await work.FirstOrDefaultAsync<BookingConflict>(
            """
            select b.facilitator_id, g.id as group_id, g.name as group_name, g.practice, s.starts_at, s.ends_at, s.time_zone
            from unnest(@starts, @ends) m (starts_at, ends_at)
            join bookings b on b.facilitator_id = any(@staff) and b.during && tstzrange(m.starts_at, m.ends_at) and b.session_id is distinct from @exceptSession
            join sessions s on s.id = b.session_id
            join groups g on g.id = s.group_id
            order by s.starts_at, g.id limit 1
            """,
            new { staff, exceptSession, starts = meetings.Select(m => m.StartsAt).ToArray(), ends = meetings.Select(m => m.EndsAt).ToArray() });
        return booked ?? later;
    }

    /// <returns>Those of the staff who are busy with another session during a meeting.</returns>
    public static async Task<IReadOnlySet<Guid>> BusyAsync(UnitOfWork work, Guid[] staff, Occurrence meeting, Guid exceptSession)
    {
        var series = await SeriesOfAsync(work, staff);
        var booked = await work.QueryAsync<Guid>(
            """
            select facilitator_id from bookings
            where facilitator_id = any(@staff) and during && tstzrange(@StartsAt, @EndsAt) and session_id <> @exceptSession
            """,
            new { staff, meeting.StartsAt, meeting.EndsAt, exceptSession });
        return series.Where(s => s.FirstConflict(staff, [meeting]) is not null).SelectMany(s => s.Staff).Concat(booked).ToHashSet();
    }

    private static Task<IReadOnlyList<SeriesRow>> SeriesOfAsync(UnitOfWork work, Guid[] staff) => work.QueryAsync<SeriesRow>(
        """
        select id, name, practice, lead_facilitator_id, co_facilitator_ids, starts_on, local_time, time_zone, duration_minutes, weeks, next_week
        from groups where next_week is not null and (lead_facilitator_id = any(@staff) or co_facilitator_ids && @staff)
        order by id
        """, new { staff });

    private sealed record SeriesRow(
        Guid Id, string Name, string Practice, Guid LeadFacilitatorId, Guid[] CoFacilitatorIds,
        DateOnly StartsOn, string LocalTime, string TimeZone, int DurationMinutes, int? Weeks, int NextWeek)
    {
        public IEnumerable<Guid> Staff => CoFacilitatorIds.Prepend(LeadFacilitatorId);

        public BookingConflict? FirstConflict(Guid[] staff, IReadOnlyList<Occurrence> meetings)
        {
            var series = SeriesRules.Of(StartsOn, LocalTime, TimeZone, DurationMinutes, Weeks);
            var theirs = SeriesRules.NotOver(series, meetings[0].StartsAt, NextWeek).TakeWhile(o => o.StartsAt < meetings[^1].EndsAt);
            return SeriesRules.FirstOverlap(meetings, theirs) is { Theirs: var their }
                ? new BookingConflict(Staff.First(staff.Contains), Id, Name, Practice, their.StartsAt, their.EndsAt, TimeZone)
                : null;
        }
    }
}
