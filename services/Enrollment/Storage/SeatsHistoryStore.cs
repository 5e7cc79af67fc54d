using GroupTherapy.Platform.Data;

namespace GroupTherapy.Enrollment.Storage;

/// <summary>Seats and waitlist at the end of a day; of the present day, as they are now.</summary>
/// <param name="Taken">Seats reserved, offered or enrolled.</param>
/// <param name="Waiting">People on the waitlist.</param>
/// <param name="Held">Requests that an operator must look at.</param>
public sealed record SeatsOfDay(DateOnly Day, int Taken, int Waiting, int Held);

/// <summary>Counts seats and waiting people of days that are over, from each enrollment's beginning, end and steps on the waitlist.</summary>
internal static class SeatsHistoryStore
{
    /// <param name="days">Each with the instant at which it ends.</param>
    public static Task<IReadOnlyList<SeatsOfDay>> ReadAsync(UnitOfWork work, Guid groupId, IReadOnlyList<(DateOnly Day, DateTimeOffset Ends)> days) =>
        work.QueryAsync<SeatsOfDay>(
            """
            with steps as (
                select e.id, e.created_at as at, 0::bigint as n, 'seat' as stands from enrollments e where e.group_id = @groupId
                union all
                select l.enrollment_id, l.at, l.id, case when l.what in ('joined', 'released') then 'waits' when l.what = 'held' then 'held'
                    when l.what in ('offered', 'confirmed') then 'seat' else 'gone' end
                from waitlist_log l where l.group_id = @groupId and l.what <> 'passed-over'
                union all
                select e.id, e.changed_at, 9223372036854775807, 'gone' from enrollments e where e.group_id = @groupId and e.status = 'ended'),
            spans as (select at, stands, lead(at) over (partition by id order by at, n) as until from steps)
            select d.day, count(*) filter (where s.stands = 'seat')::int as taken, count(*) filter (where s.stands = 'waits')::int as waiting,
                count(*) filter (where s.stands = 'held')::int as held
            from unnest(@days, @ends) as d (day, ends) left join spans s on s.at < d.ends and (s.until is null or s.until >= d.ends)
            group by d.day order by d.day
            """,
            new
            {
                groupId,
                days = days.Select(d => d.Day).ToArray(),
                ends = days.Select(d => d.Ends).ToArray(),
            }
        );
}
