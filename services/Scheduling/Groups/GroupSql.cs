using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;

namespace GroupTherapy.Scheduling.Groups;

/// <summary>SQL that several slices about groups share.</summary>
internal static class GroupSql
{
    /// <summary>In the order of <see cref="GroupRow"/>'s parameters; takes <c>@now</c>.</summary>
    public const string Columns =
        """
        g.id, g.practice, g.name, g.topic, g.service_class, g.summary, g.capacity, g.minimum_age, g.modality, g.part2, g.intake_first,
        g.lead_facilitator_id, g.co_facilitator_ids, g.starts_on, g.local_time, g.time_zone, g.duration_minutes, g.weeks, g.program::text as program,
        g.camera, g.late_arrivals, g.chat_retention_days, g.minimum_quorum, g.next_week, g.series_ends_at, g.closed_at, g.version,
        f.display_name as lead_name, f.credentials as lead_credentials,
        (select coalesce(json_agg(json_build_object('id', c.id, 'displayName', c.display_name, 'credentials', c.credentials) order by c.display_name, c.id), '[]')::text
           from facilitators c where c.id = any(g.co_facilitator_ids)) as co_facilitators,
        coalesce((select t.taken from seat_counts t where t.group_id = g.id), 0) as taken,
        (select min(s.starts_at) from sessions s left join session_phases p on p.session_id = s.id
          where s.group_id = g.id and s.cancelled_at is null and s.ends_at > @now and p.phase is distinct from 'ended') as next_session_at,
        (select coalesce(array_agg(o.jurisdiction order by o.jurisdiction), '{}') from practice_offers o
          where o.practice = g.practice and o.service_class = g.service_class) as offered_in
        """;

    public const string From = "from groups g join facilitators f on f.id = g.lead_facilitator_id";

    private const string One = $"select {Columns} {From} where g.id = @id";

    public static Task<GroupRow?> FindAsync(Db db, Guid id, CancellationToken ct) =>
        db.FirstOrDefaultAsync<GroupRow>(One, new { id, now = db.Clock.GetUtcNow() }, ct);

    public static async Task<GroupRow> GetAsync(UnitOfWork work, Guid id) =>
        await work.FirstOrDefaultAsync<GroupRow>(One, new { id, now = work.Now }) ?? throw new InvalidOperationException("The group is gone.");

    /// <summary>The group, locked against other changes of its plan; null where there is none that the caller may change.</summary>
    public static async Task<GroupRow?> LockAsync(UnitOfWork work, Guid id) =>
        await work.FirstOrDefaultAsync<Guid?>(
            "select id from groups where id = @id and practice = any(@practices) for no key update",
            new { id, practices = work.Caller.Practices.ToArray() }) is null
            ? null
            : await GetAsync(work, id);
}
