using GroupTherapy.Platform.Data;
using GroupTherapy.Scheduling.Domain;

namespace GroupTherapy.Scheduling.Storage;

/// <summary>Reads the sessions that an account attends or leads.</summary>
internal static class MySessionStore
{
    /// <summary>A room outlasts its plan by hours at most; without this bound a lost report of its end would list the session for ever.</summary>
    private static readonly TimeSpan LongestOverrun = TimeSpan.FromHours(12);

    /// <summary>In order of time: the sessions that the account leads, and those of groups in which it has a seat, from its confirmation to its end.</summary>
    /// <param name="start">Only sessions that end after this.</param>
    /// <param name="end">Only sessions that start before this.</param>
    /// <param name="notEndedAt">Only sessions that have not ended by this instant; one that runs past its plan has not.</param>
    /// <param name="after">Position of the last row seen; null at the start.</param>
    public static Task<IReadOnlyList<MySessionRow>> ListAsync(
        Db db, Guid account, DateTimeOffset? start, DateTimeOffset? end, DateTimeOffset? notEndedAt, (
            DateTimeOffset At, Guid Id)? after, int atMost, CancellationToken ct) =>
        db.QueryAsync<MySessionRow>(
            """
            with own as (
                select s.id, 'member' as role from seat_sessions e join sessions s on s.id = e.session_id
                 where e.member_id = @account and (e.ended_at is null or s.starts_at < e.ended_at)
                union all select s.id, 'lead' from sessions s where s.lead_facilitator_id = @account
                union all select s.id, 'co_facilitator' from sessions s where s.co_facilitator_ids @> array[@account::uuid])
            select s.id, s.group_id, g.name as group_name, s.starts_at, s.ends_at, s.time_zone, s.lead_facilitator_id,
                s.cancelled_at, p.phase, m.role, g.modality, g.venue, g.lead_facilitator_id as group_lead_id,
                (select f.display_name from facilitators f where f.id = s.lead_facilitator_id) as facilitator_name,
                exists (select 1 from uncovered_sessions u where u.session_id = s.id and s.cancelled_at is null and s.starts_at > @now
                    and greatest(u.since + @MembersToldAfter, s.starts_at - @MembersToldBefore) <= @now) as unsure,
                exists (select 1 from absences a where a.session_id = s.id and a.member_id = @account and a.absent) as absent,
                case when m.role <> 'member' then (select count(*)::int from absences a where a.session_id = s.id and a.absent and exists (
                    select 1 from enrollments e where e.group_id = s.group_id and e.member_id = a.member_id and e.confirmed_at is not null
                        and (e.ended_at is null or s.starts_at < e.ended_at))) end as absences
            from (select id, min(role) as role from own group by id) m
            join sessions s on s.id = m.id
            join groups g on g.id = s.group_id
            left join session_phases p on p.session_id = s.id
            where (@start::timestamptz is null or s.ends_at > @start) and (@end::timestamptz is null or s.starts_at < @end)
              and (@notEndedAt::timestamptz is null or (p.phase is distinct from 'ended'
                   and (s.ends_at > @notEndedAt or (p.phase in ('live', 'held') and s.cancelled_at is null and s.ends_at > @notEndedAt - @LongestOverrun))))
              and (@afterAt::timestamptz is null or (s.starts_at, s.id) > (@afterAt, @afterId))
            order by s.starts_at, s.id limit @atMost
            """,
            new
            {
                account, now = db.Clock.GetUtcNow(), CoverRules.MembersToldAfter, CoverRules.MembersToldBefore, start, end, notEndedAt, LongestOverrun,
                afterAt = after?.At, afterId = after?.Id, atMost
            }, ct);
}

/// <summary>One session of an account.</summary>
/// <param name="Role"><c>lead</c>, <c>co_facilitator</c> or <c>member</c>.</param>
/// <param name="Absent">The account said that it will not come.</param>
/// <param name="Absences">How many members said so; null for a member.</param>
internal sealed record MySessionRow(
    Guid Id, Guid GroupId, string GroupName, DateTimeOffset StartsAt, DateTimeOffset EndsAt, string TimeZone, Guid LeadFacilitatorId,
    DateTimeOffset? CancelledAt, string? Phase, string Role, string Modality, string? Venue, Guid GroupLeadId, string FacilitatorName, bool Unsure,
    bool Absent, int? Absences);
