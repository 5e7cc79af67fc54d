using GroupTherapy.Contracts.Identity;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Scheduling.Domain;

namespace GroupTherapy.Scheduling.Storage;

/// <summary>Reads, locks and closes groups.</summary>
internal static class GroupStore
{
    /// <summary>In the order of <see cref="Group"/>'s parameters; takes <c>@now</c>.</summary>
    public const string Columns = """
        g.id, g.practice, g.name, g.topic, g.service_class, g.summary, g.capacity, g.minimum_age, g.modality, g.part2, g.intake_first,
        g.lead_facilitator_id, g.co_facilitator_ids, g.starts_on, g.local_time, g.time_zone, g.duration_minutes, g.weeks,
        g.anchor_on, g.anchor_meetings, g.interval_weeks, g.venue, g.admission, g.program::text as program,
        g.camera, g.late_arrivals, g.chat_retention_days, g.minimum_quorum, g.next_week, g.series_ends_at, g.closed_at, g.version,
        f.display_name as lead_name, f.credentials as lead_credentials,
        (select coalesce(json_agg(json_build_object('id', c.id, 'displayName', c.display_name, 'credentials', c.credentials) order by c.display_name,
            c.id), '[]')::text
           from facilitators c where c.id = any(g.co_facilitator_ids)) as co_facilitators,
        coalesce((select t.taken from seat_counts t where t.group_id = g.id), 0) as taken,
        (select min(s.starts_at) from sessions s left join session_phases p on p.session_id = s.id
          where s.group_id = g.id and s.cancelled_at is null and s.ends_at > @now and p.phase is distinct from 'ended') as next_session_at,
        (select coalesce(array_agg(o.jurisdiction order by o.jurisdiction), '{}') from practice_offers o
          where o.practice = g.practice and o.service_class = g.service_class) as offered_in,
        (select min(s.starts_at) from sessions s
          where s.group_id = g.id and s.cancelled_at is null and s.ends_at > @now and (g.admission = 'always' or (s.admits_new and s.starts_at > @now)))
            as next_admission_at,
        g.booked_by,
        (select max(s.starts_at) from sessions s where s.group_id = g.id and g.admission <> 'always' and s.admits_new and s.cancelled_at is null)
            as last_admission_at
        """;

    public const string From = "from groups g join facilitators f on f.id = g.lead_facilitator_id";

    private const string One = $"select {Columns} {From} where g.id = @id";

    public static Task<Group?> FindAsync(Db db, Guid id, CancellationToken ct) =>
        db.FirstOrDefaultAsync<Group>(One, new { id, now = db.Clock.GetUtcNow() }, ct);

    public static async Task<Group> GetAsync(UnitOfWork work, Guid id) =>
        await work.FirstOrDefaultAsync<Group>(One, new { id, now = work.Now }) ?? throw new InvalidOperationException("The group is gone.");

    /// <summary>The group, locked against other changes of its plan; null where there is none that the caller may change.</summary>
    public static async Task<Group?> LockAsync(UnitOfWork work, Guid id) =>
        await work.FirstOrDefaultAsync<Guid?>(
            "select id from groups where id = @id and practice = any(@practices) for no key update",
            new { id, practices = work.Caller.PracticesAs(Roles.Operator) }
        )
            is null
            ? null
            : await GetAsync(work, id);

    /// <summary>The same for a facilitator or co-facilitator of the group, who may write its program.</summary>
    public static async Task<Group?> LockLedAsync(UnitOfWork work, Guid id) =>
        await work.FirstOrDefaultAsync<Guid?>(
            """
            select id from groups where id = @id and practice = any(@practices)
                and (lead_facilitator_id = @AccountId or co_facilitator_ids @> array[@AccountId]) for no key update
            """,
            new
            {
                id,
                practices = work.Caller.PracticesAs(Roles.Facilitator),
                work.Caller.AccountId,
            }
        )
            is null
            ? null
            : await GetAsync(work, id);

    /// <summary>The group, locked for a worker or a consumer; null where there is none.</summary>
    public static async Task<Group?> LockAnyAsync(UnitOfWork work, Guid id) =>
        await work.FirstOrDefaultAsync<Guid?>("select id from groups where id = @id for no key update", new { id }) is null ? null : await GetAsync(work, id);

    /// <summary>Closes a locked group: it leaves the catalogue, sessions that have not begun are cancelled, its facilitators are free.</summary>
    /// <param name="seriesIsOver">Its last session has ended; the snapshot then names an end that is not later than now.</param>
    public static async Task<Group> CloseAsync(UnitOfWork work, Group group, bool seriesIsOver = false)
    {
        await work.ExecuteAsync(
            """
            update groups set closed_at = @Now, next_week = null, version = version + 1,
                series_ends_at = case when @seriesIsOver then least(series_ends_at, @Now) else series_ends_at end
            where id = @Id
            """,
            new
            {
                group.Id,
                work.Now,
                seriesIsOver,
            }
        );
        work.Unschedule(ScheduledWork.ExtendSeries, group.Id.ToString());
        work.Unschedule(ScheduledWork.CloseFinishedGroup, group.Id.ToString());
        var cancelled = await SessionStore.CancelFutureAsync(work, group);
        await work.ExecuteAsync("delete from bookings b using sessions s where s.id = b.session_id and s.group_id = @Id", new { group.Id });
        var closed = await GetAsync(work, group.Id);
        work.Publish(new GroupClosed(closed.Snapshot(), work.Now));
        work.Audit(
            "group.closed",
            reference: group.Id,
            data: new
            {
                closed.Version,
                cancelled,
                seriesIsOver,
            }
        );
        return closed;
    }

    /// <summary>Publishes a group whose admission may have changed, because sessions did.</summary>
    public static async Task AnnounceAdmissionAsync(UnitOfWork work, Group group)
    {
        if (group.Admission != "always")
        {
            await work.ExecuteAsync("update groups set version = version + 1 where id = @Id", new { group.Id });
            work.Publish(new GroupChanged((await GetAsync(work, group.Id)).Snapshot(), work.Now));
        }
    }

    /// <summary>Seats last until the end of the series, so a last session that moved, or came to it, moves that too.</summary>
    /// <returns>True when the end has changed, and the group was published with it.</returns>
    public static async Task<bool> UpdateSeriesEndAsync(UnitOfWork work, Group group)
    {
        var moved = await work.ExecuteAsync(
            """
            update groups g set series_ends_at = last.ends_at, version = version + 1
            from (select max(ends_at) as ends_at from sessions where group_id = @Id) last
            where g.id = @Id and g.weeks is not null and g.closed_at is null and g.series_ends_at is distinct from last.ends_at
            """,
            new { group.Id }
        );
        if (moved == 1)
        {
            var changed = await GetAsync(work, group.Id);
            work.Publish(new GroupChanged(changed.Snapshot(), work.Now));
            work.Audit("group.changed", reference: group.Id, data: new { changed.Version, changed.SeriesEndsAt });
            SessionStore.ScheduleClosing(work, group.Id, changed.SeriesEndsAt!.Value + SeriesEndRules.UnreportedFor);
        }

        return moved == 1;
    }
}
