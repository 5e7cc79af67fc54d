using GroupTherapy.Calendar;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Scheduling.Storage;

/// <summary>Reads the entries of an account's calendar.</summary>
internal static class CalendarStore
{
    /// <summary>
    /// The sessions that the account leads or attends; those that fell away from it stay, as cancelled, until their time has passed. An entry's sequence
    /// counts the session's moves and its cancellation, and each time it fell away from this account or came back.
    /// </summary>
    /// <param name="from">Entries that end after this.</param>
    public static Task<IReadOnlyList<CalendarEntry>> ListAsync(
        Db db,
        Guid account,
        DateTimeOffset from,
        DateTimeOffset now,
        int atMost,
        CancellationToken ct
    ) =>
        db.QueryAsync<CalendarEntry>(
            """
            with own as (
                select s.id, bool_or(e.ended_at is null or s.starts_at < e.ended_at) as active,
                    greatest(0, count(*) filter (where s.cancelled_at is null or e.confirmed_at < s.cancelled_at) - 1)
                        + count(*) filter (where e.ended_at <= s.starts_at and (s.cancelled_at is null or e.ended_at < s.cancelled_at)) as changes,
                    greatest(max(e.confirmed_at), max(e.ended_at) filter (where e.ended_at <= s.starts_at)) as changed_at
                  from seat_sessions e join sessions s on s.id = e.session_id
                 where e.member_id = @account and (e.ended_at is null or s.created_at < e.ended_at)
                 group by s.id
                union all
                select s.id, true, coalesce(r.changes, 0), r.changed_at
                  from sessions s left join replaced_staff r on r.session_id = s.id and r.facilitator_id = @account
                 where s.lead_facilitator_id = @account or s.co_facilitator_ids @> array[@account::uuid]
                union all
                select r.session_id, false, r.changes, r.changed_at from replaced_staff r where r.facilitator_id = @account and r.is_away)
            select s.id as session_id, s.starts_at, s.ends_at, s.time_zone, s.cancelled_at is not null or not m.active as cancelled,
                s.sequence + m.changes as sequence, greatest(s.replanned_at, m.changed_at) as changed_at,
                (select g.venue from groups g where g.id = s.group_id) as venue
            from (select id, bool_or(active) as active, max(changes) as changes, max(changed_at) as changed_at from own group by id) m
            join sessions s on s.id = m.id
            where s.ends_at > @from and (m.active or s.ends_at > @now)
            order by s.starts_at, s.id limit @atMost
            """,
            new
            {
                account,
                from,
                now,
                atMost,
            },
            ct
        );
}
