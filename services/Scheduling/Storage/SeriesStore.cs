using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Scheduling.Series;

namespace GroupTherapy.Scheduling.Storage;

/// <summary>Creates the sessions of a series, with the bookings, audit entries and events of each.</summary>
internal static class SeriesStore
{
    /// <summary>Creates the sessions that are due now, from meeting <paramref name="fromWeek"/> of the series on, and schedules what comes later.</summary>
    /// <returns>True when every facilitator was free for all of them.</returns>
    public static async Task<bool> CreateDueAsync(UnitOfWork work, Group group, int fromWeek)
    {
        var (meetings, nextWeek, dueAt) = SeriesRules.SessionsToCreate(group.Series, work.Now, fromWeek);
        var allFree = await CreateAsync(work, group, meetings);
        await work.ExecuteAsync("update groups set next_week = @nextWeek where id = @Id", new { group.Id, nextWeek });
        if (dueAt is { } due)
        {
            work.Schedule(ScheduledWork.ExtendSeries, group.Id.ToString(), due);
        }
        else if (group.SeriesEndsAt is { } end)
        {
            SessionStore.ScheduleClosing(work, group.Id, end + SeriesEndRules.UnreportedFor);
        }

        return allFree;
    }

    /// <summary>Creates sessions for these meetings where there are none yet; a meeting on a holiday is skipped or moved.</summary>
    /// <returns>True when every facilitator was free for all of them.</returns>
    public static async Task<bool> CreateAsync(UnitOfWork work, Group group, IReadOnlyList<Occurrence> meetings)
    {
        var plans = await PlaceAsync(work, group, group.Series, meetings);
        var created = await InsertAsync(work, group, plans, extra: false);
        return await AnnounceAsync(work, group, created, plans.Where(p => p.SkippedFor is not null).Select(p => p.Day).ToHashSet());
    }

    /// <summary>One session beside the series.</summary>
    /// <returns>Null when a facilitator is busy after all.</returns>
    public static async Task<Session?> CreateExtraAsync(UnitOfWork work, Group group, DateTime localStart, MeetingTime meeting, bool admitsNew)
    {
        var plan = new PlannedMeeting(DateOnly.FromDateTime(localStart), localStart, meeting.StartsAt, meeting.EndsAt, Placements.Hand, null);
        var created = await InsertAsync(work, group, [plan], extra: true, admitsNew);
        return await AnnounceAsync(work, group, created, []) ? created[0] : null;
    }

    /// <summary>Where the meetings of a series come to be, by the holidays of the group's practice.</summary>
    public static async Task<IReadOnlyList<PlannedMeeting>> PlaceAsync(UnitOfWork work, Group group, WeeklySeries series, IReadOnlyList<Occurrence> meetings)
    {
        if (meetings.Count == 0)
        {
            return [];
        }

        var holidays = (await HolidayStore.BetweenAsync(work, group.Practice, meetings[0].LocalDate, meetings[^1].LocalDate)).ToDictionary(h => h.Day);
        var plans = new List<PlannedMeeting>();
        foreach (var meeting in meetings)
        {
            plans.Add(
                await HolidayRules.PlaceAsync(
                    series,
                    meeting,
                    holidays.GetValueOrDefault(meeting.LocalDate),
                    async moved => await BookingStore.FirstConflictAsync(work, group.Staff, [moved]) is null
                )
            );
        }

        return plans;
    }

    // The first session of a group admits its first members; later ones of a group with marked admission or of a cohort only when they are marked.
    private static Task<IReadOnlyList<Session>> InsertAsync(
        UnitOfWork work,
        Group group,
        IReadOnlyList<PlannedMeeting> plans,
        bool extra,
        bool admitsNew = false
    ) =>
        work.QueryAsync<Session>(
            $"""
            insert into sessions as s (id, group_id, local_date, local_start, starts_at, ends_at, time_zone, lead_facilitator_id, co_facilitator_ids, version,
                created_at, replanned_at, placement, extra, cancelled_at, cancel_reason, admits_new)
            select m.id, @groupId, m.day, m.local_start, m.starts_at, m.ends_at, @TimeZone, @LeadFacilitatorId, @CoFacilitatorIds, 1, @Now, @Now, m.placement,
                @extra, case when m.skipped_for is not null then @Now end, m.skipped_for,
                @admitsNew or @Admission = 'always' or (m.nr = 1 and not @extra and not exists (select 1 from sessions e where e.group_id = @groupId))
            from unnest(@ids, @days, @locals, @starts, @ends, @placements, @skips) with ordinality
                m (id, day, local_start, starts_at, ends_at, placement, skipped_for, nr)
            on conflict (group_id, local_date) where not extra do nothing
            returning {SessionStore.Columns}
            """,
            new
            {
                groupId = group.Id,
                group.TimeZone,
                group.LeadFacilitatorId,
                group.CoFacilitatorIds,
                group.Admission,
                work.Now,
                extra,
                admitsNew,
                ids = plans.Select(_ => work.NewId()).ToArray(),
                days = plans.Select(m => m.Day).ToArray(),
                locals = plans.Select(m => m.LocalStart).ToArray(),
                starts = plans.Select(m => m.StartsAt).ToArray(),
                ends = plans.Select(m => m.EndsAt).ToArray(),
                placements = plans.Select(m => m.Placement).ToArray(),
                skips = plans.Select(m => m.SkippedFor).ToArray(),
            }
        );

    // Members expect the session, so a facilitator who is busy does not prevent it; the audit entry shows the double booking.
    private static async Task<bool> AnnounceAsync(UnitOfWork work, Group group, IReadOnlyList<Session> created, HashSet<DateOnly> skipped)
    {
        var booked = await BookingStore.BookAllAsync(work, [.. created.Where(s => s.CancelledAt is null).Select(s => s.Id)]);
        var allFree = true;
        foreach (var session in created.OrderBy(s => s.StartsAt))
        {
            if (session.CancelledAt is not null && skipped.Contains(session.LocalDate))
            {
                await SessionStore.PublishCancelledAsync(work, group, session, SessionStore.ForHoliday);
                continue;
            }

            work.Publish(new SessionScheduled(session.Snapshot(group), work.Now));
            work.Audit("session.scheduled", reference: session.Id, data: new { session.GroupId, session.StartsAt });
            if (booked.GetValueOrDefault(session.Id) < session.Staff.Length)
            {
                allFree = false;
                SessionStore.AuditDoubleBooking(work, session);
            }
        }

        return allFree;
    }
}
