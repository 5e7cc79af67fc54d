using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Web;
using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Scheduling.Series;

namespace GroupTherapy.Scheduling.Storage;

/// <summary>SQL that several slices about sessions share.</summary>
internal static class SessionStore
{
    /// <summary>In the order of <see cref="Session"/>'s parameters.</summary>
    public const string Columns =
        """
        s.id, s.group_id, s.starts_at, s.ends_at, s.time_zone, s.lead_facilitator_id, s.co_facilitator_ids, s.cancelled_at, s.version, s.changed_at,
        (select p.phase from session_phases p where p.session_id = s.id) as phase
        """;

    /// <summary>The session and its group, both locked against other changes of the plan; null where there is none that the caller may change.</summary>
    public static async Task<(Group Group, Session Session)?> LockAsync(UnitOfWork work, Guid id)
    {
        var groupId = await work.FirstOrDefaultAsync<Guid?>("select group_id from sessions where id = @id", new { id });
        return groupId is { } g && await GroupStore.LockAsync(work, g) is { } group
            ? (group, (await work.FirstOrDefaultAsync<Session>($"select {Columns} from sessions s where s.id = @id for no key update", new { id }))!)
            : null;
    }

    /// <summary>The session and its group as they are, whoever asks; null where there is none.</summary>
    public static async Task<(Group Group, Session Session)?> FindAsync(UnitOfWork work, Guid id) =>
        await work.FirstOrDefaultAsync<Session>($"select {Columns} from sessions s where s.id = @id", new { id }) is { } session
            ? (await GroupStore.GetAsync(work, session.GroupId), session)
            : null;

    /// <summary>Makes the sessions that are to exist now, from week <paramref name="fromWeek"/> of the series on, and notes when the next is due.</summary>
    /// <returns>True when every facilitator was free for all of them.</returns>
    public static async Task<bool> MaterialiseAsync(UnitOfWork work, Group group, int fromWeek)
    {
        var (meetings, nextWeek, dueAt) = SeriesRules.Materialise(group.Series, work.Now, fromWeek);
        var made = await work.QueryAsync<Session>(
            $"""
             insert into sessions as s (id, group_id, local_date, starts_at, ends_at, time_zone, lead_facilitator_id, co_facilitator_ids, version, changed_at)
             select m.id, @groupId, m.day, m.starts_at, m.ends_at, @TimeZone, @LeadFacilitatorId, @CoFacilitatorIds, 1, @Now
             from unnest(@ids, @days, @starts, @ends) m (id, day, starts_at, ends_at)
             on conflict on constraint one_session_per_group_and_day do nothing
             returning {Columns}
             """,
            new
            {
                groupId = group.Id, group.TimeZone, group.LeadFacilitatorId, group.CoFacilitatorIds, work.Now,
                ids = meetings.Select(_ => work.NewId()).ToArray(), days = meetings.Select(m => m.LocalDate).ToArray(),
                starts = meetings.Select(m => m.StartsAt).ToArray(), ends = meetings.Select(m => m.EndsAt).ToArray(),
            });

        // A session that members expect is never left out because somebody is taken twice: it is made, and the record says so.
        var booked = (await work.QueryAsync<Guid>(
            """
            insert into bookings (session_id, facilitator_id, during)
            select s.id, f, tstzrange(s.starts_at, s.ends_at) from sessions s cross join unnest(@Staff) f where s.id = any(@ids)
            on conflict do nothing returning session_id
            """, new { group.Staff, ids = made.Select(s => s.Id).ToArray() })).CountBy(id => id).ToDictionary();
        var allFree = true;
        foreach (var session in made.OrderBy(s => s.StartsAt))
        {
            await work.PublishAsync(new SessionScheduled(session.Snapshot(group), work.Now));
            await work.AuditAsync("session.scheduled", reference: session.Id, data: new { session.GroupId, session.StartsAt });
            if (booked.GetValueOrDefault(session.Id) < group.Staff.Length)
            {
                allFree = false;
                await work.AuditAsync("session.double-booked", reference: session.Id, data: new { session.GroupId, session.StartsAt });
            }
        }

        await work.ExecuteAsync("update groups set next_week = @nextWeek, materialise_at = @dueAt where id = @Id", new { group.Id, nextWeek, dueAt });
        return allFree;
    }

    /// <summary>Tells the sessions that are not over again, since what their snapshots carry of the group has changed.</summary>
    public static async Task TellAgainAsync(UnitOfWork work, Group group)
    {
        var sessions = await work.QueryAsync<Session>(
            $"""
             update sessions s set version = s.version + 1, changed_at = @Now
             where s.group_id = @Id and s.cancelled_at is null and s.ends_at > @Now
             returning {Columns}
             """, new { group.Id, work.Now });
        foreach (var session in sessions.Where(s => s.Phase != "ended").OrderBy(s => s.StartsAt))
        {
            await work.PublishAsync(new SessionScheduled(session.Snapshot(group), work.Now));
        }
    }

    /// <summary>Cancels what has not begun.</summary>
    /// <returns>How many sessions.</returns>
    public static async Task<int> CancelFutureAsync(UnitOfWork work, Group group)
    {
        var sessions = await work.QueryAsync<Session>(
            $"""
             update sessions s set cancelled_at = @Now, cancel_reason = 'The group was closed.', version = s.version + 1, changed_at = @Now
             where s.group_id = @Id and s.cancelled_at is null and s.starts_at > @Now
               and not exists (select 1 from session_phases p where p.session_id = s.id and p.phase in ('live', 'held', 'ended'))
             returning {Columns}
             """, new { group.Id, work.Now });
        foreach (var session in sessions.OrderBy(s => s.StartsAt))
        {
            await TellCancelledAsync(work, group, session);
        }

        return sessions.Count;
    }

    public static async Task TellCancelledAsync(UnitOfWork work, Group group, Session session)
    {
        await work.PublishAsync(new SessionCancelled(session.Snapshot(group), work.Now));
        await work.AuditAsync("session.cancelled", reference: session.Id, data: new { session.GroupId, session.StartsAt, session.Version });
    }
}
