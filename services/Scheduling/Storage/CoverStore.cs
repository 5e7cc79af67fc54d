using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Scheduling.Domain;

namespace GroupTherapy.Scheduling.Storage;

/// <summary>A session that needs another facilitator.</summary>
/// <param name="Cause"><c>away</c>, <c>no-cover</c>, <c>left</c>, <c>asked</c> (by one of its facilitators), <c>held</c> (its room is held) or
/// <c>unled</c> (members wait past its start, and no facilitator has come to open it).</param>
public sealed record UncoveredRow(
    Guid SessionId,
    Guid GroupId,
    string GroupName,
    DateTimeOffset StartsAt,
    DateTimeOffset EndsAt,
    string TimeZone,
    Guid FacilitatorId,
    string Cause,
    DateTimeOffset Since
);

/// <summary>Reads and writes which coming sessions no facilitator may lead.</summary>
internal static class CoverStore
{
    public static Task<IReadOnlyList<UncoveredRow>> ListAsync(
        Db db,
        string[] practices,
        DateTimeOffset now,
        (DateTimeOffset At, Guid Id)? after,
        int atMost,
        CancellationToken ct
    ) =>
        db.QueryAsync<UncoveredRow>(
            """
            select s.id as session_id, s.group_id, g.name as group_name, s.starts_at, s.ends_at, s.time_zone, s.lead_facilitator_id as facilitator_id,
                case when p.phase = 'held' then 'held' when n.unled then 'unled' else u.cause end as cause,
                case when p.phase = 'held' or n.unled then coalesce(q.sought_at, s.starts_at) else u.since end as since
            from (select session_id, bool_or(unled) as unled from (
                select session_id, false as unled from uncovered_sessions
                union all select session_id, false from session_phases where phase = 'held'
                union all select p.session_id, true from session_phases p join substitute_searches q using (session_id, version) where p.phase = 'open') c
                group by session_id) n
            join sessions s on s.id = n.session_id join groups g on g.id = s.group_id
            left join uncovered_sessions u on u.session_id = s.id left join session_phases p on p.session_id = s.id
            left join substitute_searches q on q.session_id = s.id
            where g.practice = any(@practices) and s.cancelled_at is null and s.ends_at > @now
              and (@afterAt::timestamptz is null or (s.starts_at, s.id) > (@afterAt, @afterId))
            order by s.starts_at, s.id limit @atMost
            """,
            new
            {
                practices,
                now,
                afterAt = after?.At,
                afterId = after?.Id,
                atMost,
            },
            ct
        );

    /// <summary>Has the cover of a group's sessions looked at again.</summary>
    public static void ScheduleCheck(UnitOfWork work, Guid group) => work.Schedule(ScheduledWork.CheckCover, group.ToString(), work.Now);

    public static async Task ScheduleChecksOfAsync(UnitOfWork work, Guid facilitator)
    {
        foreach (
            var group in await work.QueryAsync<Guid>(
                """
                select distinct group_id from sessions where cancelled_at is null and starts_at > @Now and starts_at < @until
                    and (lead_facilitator_id = @facilitator or co_facilitator_ids @> array[@facilitator])
                """,
                new
                {
                    facilitator,
                    work.Now,
                    until = work.Now + CoverRules.Ahead,
                }
            )
        )
        {
            ScheduleCheck(work, group);
        }
    }

    /// <summary>Groups with sessions that begin within the time that is looked ahead.</summary>
    public static Task<IReadOnlyList<Guid>> GroupsAsync(UnitOfWork work) =>
        work.QueryAsync<Guid>(
            "select distinct group_id from sessions where cancelled_at is null and starts_at > @Now and starts_at < @until order by 1",
            new { work.Now, until = work.Now + CoverRules.Ahead }
        );

    /// <summary>Looks at the coming sessions of a locked group; publishes each that lost its cover, and each that has it again.</summary>
    public static async Task CheckAsync(UnitOfWork work, Group group)
    {
        var coverage = await CoverageStore.FindAsync(work, group.Id);
        var sessions = (await SessionStore.OfGroupAsync(work, group.Id)).Where(s => s.StartsAt > work.Now && s.StartsAt < work.Now + CoverRules.Ahead).ToList();
        var staff = (
            await work.QueryAsync<StaffRow>(
                """
                select s.id as session_id, f as facilitator_id, n as nr,
                    exists (select 1 from time_off t where t.facilitator_id = f and t.starts_at < s.ends_at and t.ends_at > s.starts_at) as away,
                    exists (select 1 from facilitators x where x.id = f and not x.practices @> array[@Practice]) as "left"
                from sessions s cross join unnest(s.lead_facilitator_id || s.co_facilitator_ids) with ordinality u (f, n) where s.id = any(@ids)
                order by s.id, n
                """,
                new { group.Practice, ids = sessions.Select(s => s.Id).ToArray() }
            )
        ).ToLookup(r => r.SessionId, r => new StaffState(r.FacilitatorId, r.Away, r.Left));
        var known = (
            await work.QueryAsync<KnownRow>(
                "select u.session_id, u.cause from uncovered_sessions u join sessions s on s.id = u.session_id where s.group_id = @Id",
                new { group.Id }
            )
        ).ToDictionary(k => k.SessionId, k => k.Cause);
        foreach (var session in sessions)
        {
            var cause = session.CancelledAt is null ? CoverRules.Uncovered(session, [.. staff[session.Id]], coverage) : null;
            var before = known.GetValueOrDefault(session.Id);
            if (cause is not null && before is null)
            {
                await BeginAsync(work, group, session, cause);
            }
            else if (cause is null && (before is not null && (before != CoverRules.Asked || session.CancelledAt is not null)))
            {
                await EndAsync(work, group, session);
            }
        }
    }

    /// <summary>Notes that a session needs another facilitator, and publishes it; once.</summary>
    /// <returns>Since when it is known.</returns>
    public static async Task<DateTimeOffset> BeginAsync(UnitOfWork work, Group group, Session session, string cause)
    {
        if (
            await work.ExecuteAsync(
                "insert into uncovered_sessions (session_id, cause, since) values (@Id, @cause, @Now) on conflict do nothing",
                new
                {
                    session.Id,
                    cause,
                    work.Now,
                }
            ) == 0
        )
        {
            return await work.FirstOrDefaultAsync<DateTimeOffset>("select since from uncovered_sessions where session_id = @Id", new { session.Id });
        }

        work.Publish(new SessionUnattended(session.Snapshot(group), cause, work.Now));
        work.Audit("session.unattended", reference: session.Id, data: new { session.GroupId, cause });
        return work.Now;
    }

    /// <summary>A session has its facilitator again.</summary>
    /// <param name="cause">Only where this is why it had none; null for any cause.</param>
    public static async Task EndAsync(UnitOfWork work, Group group, Session session, string? cause = null)
    {
        if (
            await work.ExecuteAsync(
                "delete from uncovered_sessions where session_id = @Id and (@cause::text is null or cause = @cause)",
                new { session.Id, cause }
            ) == 1
            && session.CancelledAt is null
        )
        {
            work.Publish(new SessionAttended(session.Snapshot(group), work.Now));
            work.Audit("session.attended", reference: session.Id, data: new { session.GroupId });
        }
    }

    private sealed record StaffRow(Guid SessionId, Guid FacilitatorId, long Nr, bool Away, bool Left);

    private sealed record KnownRow(Guid SessionId, string Cause);
}
