using GroupTherapy.Contracts.Identity;
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
        s.sequence, s.replanned_at, s.local_date, s.placement, s.extra, s.admits_new
        """;

    /// <summary>Cause of a session that a holiday takes away.</summary>
    public const string ForHoliday = "holiday";

    /// <summary>The session and its group, both locked against other changes of the plan; null where there is none that the caller may change.</summary>
    public static async Task<(Group Group, Session Session)?> LockAsync(UnitOfWork work, Guid id)
    {
        var groupId = await work.FirstOrDefaultAsync<Guid?>("select group_id from sessions where id = @id", new { id });
        return groupId is { } g && await GroupStore.LockAsync(work, g) is { } group
            ? (group, (await work.FirstOrDefaultAsync<Session>($"select {Columns} from sessions s where s.id = @id for no key update", new { id }))!)
            : null;
    }

    /// <summary>The same for one of the session's own facilitators; null for others.</summary>
    public static async Task<(Group Group, Session Session)?> LockLedAsync(UnitOfWork work, Guid id)
    {
        bool IsLed((Group Group, Session Session)? of) => of is var (group, session)
            && session.Staff.Contains(work.Caller.AccountId) && work.Caller.Is(Roles.Facilitator, group.Practice);
        var before = await FindAsync(work, id);
        return IsLed(before) && await GroupStore.LockAnyAsync(work, before!.Value.Group.Id) is not null && await FindAsync(work, id) is { } now && IsLed(now)
            ? now
            : null;
    }

    /// <summary>The session and its group as they are, for any caller; null where there is none.</summary>
    public static async Task<(Group Group, Session Session)?> FindAsync(UnitOfWork work, Guid id) =>
        await work.FirstOrDefaultAsync<Session>($"select {Columns} from sessions s where s.id = @id", new { id }) is { } session
            ? (await GroupStore.GetAsync(work, session.GroupId), session)
            : null;

    /// <summary>Whether a group meets during a time, in a session that is planned already and has not ended.</summary>
    public static Task<bool> MeetsAsync(UnitOfWork work, Guid group, MeetingTime time, Guid? except = null) => work.FirstOrDefaultAsync<bool>(
        """
        select exists (select 1 from sessions s where s.group_id = @group and s.cancelled_at is null and s.id is distinct from @except
            and s.starts_at < @EndsAt and s.ends_at > @StartsAt
            and not exists (select 1 from session_phases p where p.session_id = s.id and p.phase = 'ended'))
        """, new { group, except, time.StartsAt, time.EndsAt });

    public static Task<IReadOnlyList<Session>> OfGroupAsync(UnitOfWork work, Guid groupId) =>
        work.QueryAsync<Session>($"select {Columns} from sessions s where s.group_id = @groupId order by s.starts_at", new { groupId });

    /// <summary>Has the group looked at again: it closes once its last session is over.</summary>
    public static void ScheduleClosing(UnitOfWork work, Guid groupId, DateTimeOffset at) =>
        work.Schedule(ScheduledWork.CloseFinishedGroup, groupId.ToString(), at);

    public static void AuditDoubleBooking(UnitOfWork work, Session session) =>
        work.Audit("session.double-booked", reference: session.Id, data: new { session.GroupId, session.StartsAt });

    /// <summary>Publishes the sessions that are not over again, since their snapshots carry fields of the group that changed.</summary>
    public static async Task RepublishSessionsAsync(UnitOfWork work, Group group)
    {
        var sessions = await work.QueryAsync<Session>(
            $"""
             update sessions s set version = s.version + 1
             where s.group_id = @Id and s.cancelled_at is null and s.ends_at > @Now
             returning {Columns}
             """, new { group.Id, work.Now });
        foreach (var session in sessions.Where(s => s.Phase != SessionPhases.Ended).OrderBy(s => s.StartsAt))
        {
            work.Publish(new SessionScheduled(session.Snapshot(group), work.Now));
        }
    }

    /// <summary>Moves a session and its bookings; a lobby that the room had opened by the old plan counts as closed again.</summary>
    /// <returns>The moved session; null when a facilitator is busy at the new time.</returns>
    /// <param name="localStart">The same instant on the wall clock of the session's zone.</param>
    public static async Task<Session?> MoveAsync(
        UnitOfWork work, Session session, DateTimeOffset startsAt, DateTimeOffset endsAt, DateTime localStart, string placement = Placements.Hand)
    {
        await work.ExecuteAsync(
            "delete from bookings where session_id = @Id; update session_phases set phase = 'scheduled' where session_id = @Id and phase = 'open'",
            new { session.Id });
        if ((await BookingStore.BookAsync(work, session.Id, session.Staff, startsAt, endsAt)).Count < session.Staff.Length)
        {
            return null;
        }

        return await work.FirstOrDefaultAsync<Session>(
            $"""
             update sessions s set starts_at = @startsAt, ends_at = @endsAt, local_start = @localStart, placement = @placement, version = s.version + 1,
                 sequence = s.sequence + 1, replanned_at = @Now
             where s.id = @Id returning {Columns}
             """, new { session.Id, startsAt, endsAt, localStart, placement, work.Now });
    }

    /// <summary>Says whether new members may begin with the session.</summary>
    public static async Task<Session> MarkAdmissionAsync(UnitOfWork work, Group group, Session session, bool admits)
    {
        if (session.AdmitsNew == admits)
        {
            return session;
        }

        var marked = (await work.FirstOrDefaultAsync<Session>(
            $"update sessions s set admits_new = @admits, version = s.version + 1 where s.id = @Id returning {Columns}", new { session.Id, admits }))!;
        work.Publish(new SessionScheduled(marked.Snapshot(group), work.Now));
        await GroupStore.AnnounceAdmissionAsync(work, group);
        work.Audit("session.admission-marked", reference: session.Id, data: new { group.Id, admits });
        return marked;
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

    /// <param name="cause">As <see cref="SessionCancelled"/> names it.</param>
    public static async Task PublishCancelledAsync(UnitOfWork work, Group group, Session session, string cause)
    {
        work.Publish(new SessionCancelled(session.Snapshot(group), work.Now, cause));
        work.Audit("session.cancelled", reference: session.Id, data: new { session.GroupId, session.StartsAt, session.Version });
    }
}
