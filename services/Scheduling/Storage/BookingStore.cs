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

    /// <summary>Keeps the facilitators of a session busy until a later end.</summary>
    /// <returns>False where one of them is busy with another session by then: that booking stays as it was.</returns>
    public static async Task<bool> ExtendAsync(UnitOfWork work, Guid sessionId, DateTimeOffset endsAt)
    {
        var booked = await work.QueryAsync<Guid>(
            "select facilitator_id from bookings where session_id = @sessionId and upper(during) < @endsAt order by facilitator_id",
            new { sessionId, endsAt });
        await FacilitatorStore.LockAsync(work, [.. booked]);
        return await work.ExecuteAsync(
            """
            update bookings b set during = tstzrange(lower(b.during), @endsAt)
            where b.session_id = @sessionId and upper(b.during) < @endsAt and not exists (
                select 1 from bookings o where o.facilitator_id = b.facilitator_id and o.session_id <> b.session_id
                    and o.during && tstzrange(lower(b.during), @endsAt))
            """, new { sessionId, endsAt }) == booked.Count;
    }

    /// <summary>Books the facilitators for a session.</summary>
    /// <returns>Those who have a booking for it now. One who is missing is busy with another session.</returns>
    public static async Task<IReadOnlySet<Guid>> BookAsync(UnitOfWork work, Guid sessionId, Guid[] staff, DateTimeOffset from, DateTimeOffset until)
    {
        await work.ExecuteAsync(
            """
            insert into bookings (session_id, facilitator_id, during)
            select s.id, f, booked_time(f, @from, @until, g.modality = 'in_person')
            from unnest(@staff) f, sessions s join groups g on g.id = s.group_id where s.id = @sessionId
            on conflict do nothing
            """, new { sessionId, staff, from, until });
        return (await work.QueryAsync<Guid>(
            "select facilitator_id from bookings where session_id = @sessionId and facilitator_id = any(@staff)", new { sessionId, staff })).ToHashSet();
    }

    /// <summary>Books the facilitators of sessions for the whole of them.</summary>
    /// <returns>By session, how many of its facilitators were free.</returns>
    public static async Task<IReadOnlyDictionary<Guid, int>> BookAllAsync(UnitOfWork work, Guid[] sessions) => (await work.QueryAsync<Guid>(
        """
        insert into bookings (session_id, facilitator_id, during)
        select s.id, f, booked_time(f, s.starts_at, s.ends_at, g.modality = 'in_person')
        from sessions s join groups g on g.id = s.group_id cross join unnest(s.lead_facilitator_id || s.co_facilitator_ids) f
        where s.id = any(@sessions)
        on conflict do nothing returning session_id
        """, new { sessions })).CountBy(id => id).ToDictionary();

    /// <param name="staff">Facilitators of whom none may be busy.</param>
    /// <param name="meetings">In order of time; not empty.</param>
    /// <param name="exceptSession">A session that is itself being moved.</param>
    /// <param name="exceptGroup">A group whose series is itself being changed.</param>
    /// <returns>The earliest conflict with another session; null when there is none.</returns>
    public static async Task<BookingConflict?> FirstConflictAsync(
        UnitOfWork work, Guid[] staff, IReadOnlyList<MeetingTime> meetings, Guid? exceptSession = null, Guid? exceptGroup = null, bool inPerson = false)
    {
        // Weeks without rows first, rows second: a week that gets its row in between is then seen twice, never missed.
        var series = await SeriesOfAsync(work, staff);
        var needed = series.Count == 0 ? TimeSpan.Zero : await BetweenAsync(work, staff, inPerson);
        var apart = meetings.Select(m => m with { StartsAt = m.StartsAt - needed, EndsAt = m.EndsAt + needed }).ToList();
        var later = series.Where(s => s.Id != exceptGroup).Select(s => s.FirstConflict(staff, apart)).OfType<BookingConflict>().MinBy(c => c.StartsAt);

        var booked = await work.FirstOrDefaultAsync<BookingConflict>(
            """
            select b.facilitator_id, g.id as group_id, g.name as group_name, g.practice, s.starts_at, s.ends_at, s.time_zone
            from unnest(@staff) f cross join unnest(@starts, @ends) m (starts_at, ends_at)
            cross join lateral (select booked_time(f, m.starts_at, m.ends_at, @inPerson) as needed) t
            join bookings b on b.facilitator_id = f and b.during && t.needed and b.session_id is distinct from @exceptSession
            join sessions s on s.id = b.session_id
            join groups g on g.id = s.group_id and g.id is distinct from @exceptGroup
            order by s.starts_at, g.id limit 1
            """,
            new
            {
                staff,
                exceptSession,
                exceptGroup,
                inPerson,
                starts = meetings.Select(m => m.StartsAt).ToArray(),
                ends = meetings.Select(m => m.EndsAt).ToArray(),
            });
        return booked ?? later;
    }

    /// <returns>Those of the staff who are busy with another session during a meeting, or have time off.</returns>
    public static async Task<IReadOnlySet<Guid>> BusyAsync(UnitOfWork work, Guid[] staff, MeetingTime meeting, Guid exceptSession)
    {
        var series = await SeriesOfAsync(work, staff);
        var booked = await work.QueryAsync<Guid>(
            """
            select facilitator_id from bookings
            where facilitator_id = any(@staff) and during && booked_time(facilitator_id, @StartsAt, @EndsAt, false) and session_id <> @exceptSession
            union select facilitator_id from time_off where facilitator_id = any(@staff) and starts_at < @EndsAt and ends_at > @StartsAt
            """,
            new { staff, meeting.StartsAt, meeting.EndsAt, exceptSession });
        return series.Where(s => s.FirstConflict(staff, [meeting]) is not null).SelectMany(s => s.Staff).Concat(booked).ToHashSet();
    }

    /// <summary>Meetings of facilitators' series that have no session rows yet.</summary>
    public static async Task<IReadOnlyList<(Guid Facilitator, MeetingTime Meeting)>> ToComeAsync(
        UnitOfWork work, Guid[] staff, DateTimeOffset from, DateTimeOffset until) =>
    [
        .. from series in await SeriesOfAsync(work, staff)
           from meeting in series.Between(@from, until)
           from facilitator in series.Staff.Where(staff.Contains)
           select (facilitator, meeting),
    ];

    // The longest break, or way, that one of them needs between two sessions.
    private static async Task<TimeSpan> BetweenAsync(UnitOfWork work, Guid[] staff, bool inPerson) => TimeSpan.FromMinutes(
        await work.FirstOrDefaultAsync<int?>(
            """
            select max(greatest(break_minutes, case when @inPerson then travel_minutes else 0 end)) from availabilities where facilitator_id = any(@staff)
            """, new { staff, inPerson }) ?? 0);

    private static Task<IReadOnlyList<SeriesRow>> SeriesOfAsync(UnitOfWork work, Guid[] staff) => work.QueryAsync<SeriesRow>(
        """
        select id, name, practice, lead_facilitator_id, co_facilitator_ids, anchor_on, local_time, time_zone, duration_minutes, anchor_meetings,
            interval_weeks, next_week
        from groups where next_week is not null and (lead_facilitator_id = any(@staff) or co_facilitator_ids && @staff)
        order by id
        """, new { staff });

    private sealed record SeriesRow(
        Guid Id, string Name, string Practice, Guid LeadFacilitatorId, Guid[] CoFacilitatorIds,
        DateOnly AnchorOn, string LocalTime, string TimeZone, int DurationMinutes, int? AnchorMeetings, int IntervalWeeks, int NextWeek)
    {
        public IEnumerable<Guid> Staff => CoFacilitatorIds.Prepend(LeadFacilitatorId);

        public IEnumerable<Occurrence> Between(DateTimeOffset from, DateTimeOffset until) => SeriesRules.NotOver(
            SeriesRules.Of(AnchorOn, LocalTime, TimeZone, DurationMinutes, AnchorMeetings, IntervalWeeks), from, NextWeek).TakeWhile(o => o.StartsAt < until);

        public BookingConflict? FirstConflict(Guid[] staff, IReadOnlyList<MeetingTime> meetings)
        {
            var theirs = Between(meetings[0].StartsAt, meetings[^1].EndsAt);
            return SeriesRules.FirstOverlap(meetings, theirs) is { Theirs: var their }
                ? new BookingConflict(Staff.First(staff.Contains), Id, Name, Practice, their.StartsAt, their.EndsAt, TimeZone)
                : null;
        }
    }
}
