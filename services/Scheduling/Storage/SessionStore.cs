using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Scheduling.Series;

namespace GroupTherapy.Scheduling.Storage;

/// <summary>Reads and writes sessions, with the audit entries and events of each change.</summary>
internal static class SessionStore
{
    /// <summary>In the order of <see cref="Session"/>'s parameters.</summary>
    public const string Columns =
        """
        s.id, s.group_id, s.starts_at, s.ends_at, s.time_zone, s.lead_facilitator_id, s.co_facilitator_ids, s.cancelled_at, s.version,
        (select p.phase from session_phases p where p.session_id = s.id) as phase,
        s.sequence, s.replanned_at
        """;

    /// <summary>The session and its group, both locked against other changes of the plan; null where there is none that the caller may change.</summary>
    public static async Task<(Group Group, Session Session)?> LockAsync(UnitOfWork work, Guid id)
    {
        var groupId = await work.FirstOrDefaultAsync<Guid?>("select group_id from sessions where id = @id", new { id });
        return groupId is { } g && await GroupStore.LockAsync(work, g) is { } group
            ? (group, (await work.FirstOrDefaultAsync<Session>($"select {Columns} from sessions s where s.id = @id for no key update", new { id }))!)
            : null;
    }

    /// <summary>The session and its group as they are, for any caller; null where there is none.</summary>
    public static async Task<(Group Group, Session Session)?> FindAsync(UnitOfWork work, Guid id) =>
        await work.FirstOrDefaultAsync<Session>($"select {Columns} from sessions s where s.id = @id", new { id }) is { } session
            ? (await GroupStore.GetAsync(work, session.GroupId), session)
            : null;

    public static Task<IReadOnlyList<Session>> OfGroupAsync(UnitOfWork work, Guid groupId) =>
        work.QueryAsync<Session>($"select {Columns} from sessions s where s.group_id = @groupId order by s.starts_at", new { groupId });

    /// <summary>Creates the sessions that are due now, from week <paramref name="fromWeek"/> of the series on, and schedules what comes later.</summary>
    /// <returns>True when every facilitator was free for all of them.</returns>
    public static async Task<bool> CreateDueSessionsAsync(UnitOfWork work, Group group, int fromWeek)
    {
        var (meetings, nextWeek, dueAt) = SeriesRules.SessionsToCreate(group.Series, work.Now, fromWeek);
        var created = await work.QueryAsync<Session>(
            $"""
             insert into sessions as s (id, group_id, local_date, starts_at, ends_at, time_zone, lead_facilitator_id, co_facilitator_ids, version,
                 created_at, replanned_at)
             select m.id, @groupId, m.day, m.starts_at, m.ends_at, @TimeZone, @LeadFacilitatorId, @CoFacilitatorIds, 1, @Now, @Now
             from unnest(@ids, @days, @starts, @ends) m (id, day, starts_at, ends_at)
             on conflict on constraint one_session_per_group_and_day do nothing
             returning {Columns}
             """,
            new
            {
                groupId = group.Id,
                group.TimeZone,
                group.LeadFacilitatorId,
                group.CoFacilitatorIds,
                work.Now,
                ids = meetings.Select(_ => work.NewId()).ToArray(),
                days = meetings.Select(m => m.LocalDate).ToArray(),
                starts = meetings.Select(m => m.StartsAt).ToArray(),
                ends = meetings.Select(m => m.EndsAt).ToArray(),
            });

        // Members expect the session, so a facilitator who is busy does not prevent it; the audit entry shows the double booking.
        var booked = (await work.QueryAsync<Guid>(
            """
            insert into bookings (session_id, facilitator_id, during)
            select s.id, f, tstzrange(s.starts_at, s.ends_at) from sessions s cross join unnest(@Staff) f where s.id = any(@ids)
            on conflict do nothing returning session_id
            """, new { group.Staff, ids = created.Select(s => s.Id).ToArray() })).CountBy(id => id).ToDictionary();
        var allFree = true;
        foreach (var session in created.OrderBy(s => s.StartsAt))
        {
            await work.PublishAsync(new SessionScheduled(session.Snapshot(group), work.Now));
            await work.AuditAsync("session.scheduled", reference: session.Id, data: new { session.GroupId, session.StartsAt });
            if (booked.GetValueOrDefault(session.Id) < group.Staff.Length)
            {
                allFree = false;
                await AuditDoubleBookingAsync(work, session);
            }
        }

        await work.ExecuteAsync("update groups set next_week = @nextWeek where id = @Id", new { group.Id, nextWeek });
        if (dueAt is { } due)
        {
            work.Schedule(ScheduledWork.ExtendSeries, group.Id.ToString(), due);
        }
        else if (group.SeriesEndsAt is { } end)
        {
            ScheduleClosing(work, group.Id, end + SeriesEndRules.UnreportedFor);
        }

        return allFree;
    }

    /// <summary>Has the group looked at again: it closes once its last session is over.</summary>
    public static void ScheduleClosing(UnitOfWork work, Guid groupId, DateTimeOffset at) =>
        work.Schedule(ScheduledWork.CloseFinishedGroup, groupId.ToString(), at);

    public static Task AuditDoubleBookingAsync(UnitOfWork work, Session session) =>
        work.AuditAsync("session.double-booked", reference: session.Id, data: new { session.GroupId, session.StartsAt });

    /// <summary>Publishes the sessions that are not over again, since their snapshots carry fields of the group that changed.</summary>
    public static async Task RepublishSessionsAsync(UnitOfWork work, Group group)
    {
        var sessions = await work.QueryAsync<Session>(
            $"""
             update sessions s set version = s.version + 1
             where s.group_id = @Id and s.cancelled_at is null and s.ends_at > @Now
             returning {Columns}
             """, new { group.Id, work.Now });
        foreach (var session in sessions.Where(s => s.Phase != "ended").OrderBy(s => s.StartsAt))
        {
            await work.PublishAsync(new SessionScheduled(session.Snapshot(group), work.Now));
        }
    }

    /// <summary>Moves a session and its bookings; a lobby that the room had opened by the old plan counts as closed again.</summary>
    /// <returns>The moved session; null when a facilitator is busy at the new time.</returns>
    public static async Task<Session?> MoveAsync(UnitOfWork work, Session session, DateTimeOffset startsAt)
    {
        var endsAt = startsAt + (session.EndsAt - session.StartsAt);
        await work.ExecuteAsync(
            "delete from bookings where session_id = @Id; update session_phases set phase = 'scheduled' where session_id = @Id and phase = 'open'",
                new { session.Id });
        if ((await BookingStore.BookAsync(work, session.Id, session.Staff, startsAt, endsAt)).Count < session.Staff.Length)
        {
            return null;
        }

        return await work.FirstOrDefaultAsync<Session>(
            $"""
             update sessions s set starts_at = @startsAt, ends_at = @endsAt, version = s.version + 1, sequence = s.sequence + 1, replanned_at = @Now
             where s.id = @Id returning {Columns}
             """, new { session.Id, startsAt, endsAt, work.Now });
    }

    public static async Task<Session> CancelAsync(UnitOfWork work, Group group, Guid id, string reason, string cause = "cancelled")
    {
        var cancelled = (await work.FirstOrDefaultAsync<Session>(
            $"""
             update sessions s set cancelled_at = @Now, cancel_reason = @reason, version = s.version + 1, sequence = s.sequence + 1, replanned_at = @Now
             where s.id = @id returning {Columns}
             """, new { id, reason, work.Now }))!;
        await work.ExecuteAsync("delete from bookings where session_id = @id", new { id });
        await PublishCancelledAsync(work, group, cancelled, cause);
        return cancelled;
    }

    /// <summary>Cancels every session of a group that has not begun.</summary>
    /// <returns>How many sessions.</returns>
    public static async Task<int> CancelFutureAsync(UnitOfWork work, Group group)
    {
        var sessions = await work.QueryAsync<Session>(
            $"""
             update sessions s set cancelled_at = @Now, cancel_reason = 'The group was closed.', version = s.version + 1, sequence = s.sequence + 1,
                 replanned_at = @Now
             where s.group_id = @Id and s.cancelled_at is null and s.starts_at > @Now
               and not exists (select 1 from session_phases p where p.session_id = s.id and p.phase in ('live', 'held', 'ended'))
             returning {Columns}
             """, new { group.Id, work.Now });
        foreach (var session in sessions.OrderBy(s => s.StartsAt))
        {
            await PublishCancelledAsync(work, group, session, "group-closed");
        }

        return sessions.Count;
    }

    private static async Task PublishCancelledAsync(UnitOfWork work, Group group, Session session, string cause)
    {
        await work.PublishAsync(new SessionCancelled(session.Snapshot(group), work.Now, cause));
        await work.AuditAsync("session.cancelled", reference: session.Id, data: new { session.GroupId, session.StartsAt, session.Version });
    }
}
