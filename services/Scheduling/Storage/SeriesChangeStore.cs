using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Scheduling.Series;

namespace GroupTherapy.Scheduling.Storage;

/// <summary>Writes a change of a series from a date on: the sessions to come keep their ids and take their new places.</summary>
internal static class SeriesChangeStore
{
    /// <param name="group">Locked; its facilitators, old and new, too.</param>
    /// <returns>The group as it is now; null when a facilitator is busy after all.</returns>
    public static async Task<Group?> ApplyAsync(UnitOfWork work, Group group, SeriesChange change)
    {
        // Weeks before the change that have no rows yet are planned by the old rule first.
        if (group.NextWeek is { } next && next < change.OldIndex)
        {
            await SeriesStore.CreateAsync(work, group, [.. Enumerable.Range(next, change.OldIndex - next).Select(i => SeriesRules.At(group.Series, i))]);
        }

        var first = SeriesRules.At(group.Series, change.OldIndex).LocalDate;
        var sessions = (await SessionStore.OfGroupAsync(work, group.Id)).Where(s => !s.Extra && s.LocalDate >= first).OrderBy(s => s.LocalDate).ToList();
        await UpdateGroupAsync(work, group, change);
        var changed = await GroupStore.GetAsync(work, group.Id);
        var meetings = Enumerable.Range(0, sessions.Count).Select(i => SeriesRules.At(change.Series, i)).ToList();
        await work.ExecuteAsync("delete from bookings where session_id = any(@ids)", new { ids = sessions.Select(s => s.Id).ToArray() });
        var plans = await SeriesStore.PlaceAsync(work, changed, change.Series, meetings);
        await WriteAsync(work, group, changed, sessions, plans);
        var booked = await BookingStore.BookAllAsync(work, [.. sessions.Where(s => s.CancelledAt is null).Select(s => s.Id)]);
        var after = (await SessionStore.OfGroupAsync(work, group.Id)).ToDictionary(s => s.Id);
        foreach (var before in sessions.Where(s => s.CancelledAt is null))
        {
            var session = after[before.Id];
            if (session.CancelledAt is null && booked.GetValueOrDefault(session.Id) < session.Staff.Length)
            {
                return null;
            }

            await AnnounceAsync(work, changed, before, session);
        }

        await work.ExecuteAsync(
            "delete from bookings b using sessions s where s.id = b.session_id and s.group_id = @Id and s.cancelled_at is not null",
            new { group.Id }
        );
        await GroupStore.UpdateSeriesEndAsync(work, changed);
        if (group.NextWeek is { } rest)
        {
            await SeriesStore.CreateDueAsync(work, changed, Math.Max(0, rest - change.OldIndex));
        }

        CoverStore.ScheduleCheck(work, group.Id);
        return await AnnounceSeriesAsync(work, group.Id, first, change, "changed");
    }

    /// <summary>Publishes that the series of a group changed.</summary>
    public static async Task<Group> AnnounceSeriesAsync(UnitOfWork work, Guid groupId, DateOnly from, SeriesChange change, string cause)
    {
        var group = await GroupStore.GetAsync(work, groupId);
        var first = (await SessionStore.OfGroupAsync(work, groupId)).FirstOrDefault(s => s.CancelledAt is null && !s.Extra && s.LocalDate >= from);
        work.Publish(new GroupChanged(group.Snapshot(), work.Now));
        work.Publish(
            new SeriesChanged(
                groupId,
                group.Practice,
                from,
                SeriesRules.DayOfWeek(group.AnchorOn),
                group.LocalTime,
                group.TimeZone,
                group.DurationMinutes,
                group.IntervalWeeks,
                group.LeadFacilitatorId,
                first?.StartsAt,
                change.Changes,
                cause,
                group.Version,
                work.Now
            )
        );
        work.Audit(
            "series.changed",
            reference: groupId,
            data: new
            {
                group.Version,
                from,
                change.Changes,
                cause,
                lead = group.LeadFacilitatorId,
            }
        );
        return group;
    }

    private static Task UpdateGroupAsync(UnitOfWork work, Group group, SeriesChange change) =>
        work.ExecuteAsync(
            """
            update groups set anchor_on = @StartsOn, anchor_meetings = @Meetings, local_time = @time, time_zone = @zone, duration_minutes = @DurationMinutes,
                interval_weeks = @IntervalWeeks, lead_facilitator_id = @Lead, co_facilitator_ids = @Cos, venue = @Venue,
                next_week = case when next_week is null then null else greatest(0, next_week - @OldIndex) end, version = version + 1
            where id = @Id
            """,
            new
            {
                group.Id,
                change.Series.StartsOn,
                change.Series.Meetings,
                change.Series.DurationMinutes,
                change.Series.IntervalWeeks,
                change.Lead,
                change.Cos,
                change.Venue,
                change.OldIndex,
                time = SeriesRules.Text(change.Series.LocalTime),
                zone = change.Series.Zone.Id,
            }
        );

    // Days are set in two steps: a day that one session leaves may be the day of another, and the constraint looks at each row.
    private static Task WriteAsync(UnitOfWork work, Group before, Group after, List<Session> sessions, IReadOnlyList<PlannedMeeting> plans)
    {
        var places = sessions.Zip(plans, (s, p) => (Session: s, Plan: p)).ToList();
        return work.ExecuteAsync(
            """
            update sessions set local_date = local_date + 100000 where id = any(@ids);
            with moved as (
                select s.id, m.day, s.cancelled_at is null and m.stays is false as moves, m.skipped_for, m.local_start, m.starts_at, m.ends_at, m.placement,
                    case when s.lead_facilitator_id = @oldLead then @lead else s.lead_facilitator_id end as lead,
                    case when s.lead_facilitator_id = @oldLead then @cos else array_remove(@cos, s.lead_facilitator_id) end as cos
                from unnest(@ids, @days, @locals, @starts, @ends, @placements, @skips, @stays)
                    m (id, day, local_start, starts_at, ends_at, placement, skipped_for, stays) join sessions s on s.id = m.id)
            update sessions s set local_date = m.day, lead_facilitator_id = m.lead, co_facilitator_ids = m.cos,
                local_start = case when m.moves then m.local_start else s.local_start end,
                starts_at = case when m.moves then m.starts_at else s.starts_at end,
                ends_at = case when m.moves then m.ends_at else s.ends_at end,
                time_zone = case when m.moves then @zone else s.time_zone end,
                placement = case when m.moves then m.placement else s.placement end,
                cancelled_at = case when m.moves and m.skipped_for is not null then @Now else s.cancelled_at end,
                cancel_reason = case when m.moves and m.skipped_for is not null then m.skipped_for else s.cancel_reason end,
                version = s.version + 1,
                sequence = s.sequence + case when (m.moves and (m.starts_at, m.ends_at) is distinct from (s.starts_at, s.ends_at))
                    or (m.moves and m.skipped_for is not null) or @venueChanged then 1 else 0 end,
                replanned_at = case when (m.moves and (m.starts_at, m.ends_at) is distinct from (s.starts_at, s.ends_at))
                    or (m.moves and m.skipped_for is not null) or @venueChanged then @Now else s.replanned_at end
            from moved m where s.id = m.id
            """,
            new
            {
                work.Now,
                oldLead = before.LeadFacilitatorId,
                lead = after.LeadFacilitatorId,
                cos = after.CoFacilitatorIds,
                zone = after.TimeZone,
                venueChanged = before.Venue != after.Venue,
                ids = places.Select(p => p.Session.Id).ToArray(),
                days = places.Select(p => p.Plan.Day).ToArray(),
                locals = places.Select(p => p.Plan.LocalStart).ToArray(),
                starts = places.Select(p => p.Plan.StartsAt).ToArray(),
                ends = places.Select(p => p.Plan.EndsAt).ToArray(),
                placements = places.Select(p => p.Plan.Placement).ToArray(),
                skips = places.Select(p => p.Plan.SkippedFor).ToArray(),
                stays = places.Select(p => p.Session.Placement == Placements.Hand).ToArray(),
            }
        );
    }

    private static async Task AnnounceAsync(UnitOfWork work, Group group, Session before, Session session)
    {
        if (session.CancelledAt is not null)
        {
            await SessionStore.PublishCancelledAsync(work, group, session, SessionStore.ForHoliday);
            return;
        }

        if (!session.Staff.SequenceEqual(before.Staff))
        {
            await SubstituteStore.NoteReplacedAsync(work, before, session.Staff);
        }

        if ((session.StartsAt, session.EndsAt) != (before.StartsAt, before.EndsAt))
        {
            work.Publish(new SessionRescheduled(session.Snapshot(group), work.Now, before.StartsAt, PlanCauses.SeriesChanged));
        }
        else if (!session.Staff.SequenceEqual(before.Staff))
        {
            work.Publish(new FacilitatorSubstituted(session.Snapshot(group), work.Now, before.LeadFacilitatorId, PlanCauses.SeriesChanged));
        }
        else
        {
            work.Publish(new SessionScheduled(session.Snapshot(group), work.Now));
        }
    }
}
