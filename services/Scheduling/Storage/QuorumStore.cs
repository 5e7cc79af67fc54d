using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Scheduling.Domain;

namespace GroupTherapy.Scheduling.Storage;

/// <summary>Reads and writes whether sessions with few members take place.</summary>
internal static class QuorumStore
{
    /// <summary>Sessions to come about which something may have to be done.</summary>
    public static Task<IReadOnlyList<Guid>> DueAsync(UnitOfWork work) =>
        work.QueryAsync<Guid>(
            """
            select s.id from sessions s join groups g on g.id = s.group_id left join quorum_questions q on q.session_id = s.id
            where s.cancelled_at is null and s.starts_at > @Now and s.starts_at <= @until and q.takes_place is null
              and g.minimum_quorum > 1 and (q.session_id is not null or exists (
                  select 1 from enrollments e where e.group_id = g.id and e.confirmed_at is not null and e.ended_at is null))
            order by s.starts_at, s.id
            """,
            new { work.Now, until = work.Now + QuorumRules.AskedBefore }
        );

    public static Task<QuorumState?> FindAsync(UnitOfWork work, Guid sessionId) =>
        work.FirstOrDefaultAsync<QuorumState>(
            """
            select s.id as session_id, s.starts_at, m.seats, m.absent, g.minimum_quorum as minimum, q.answer_by, q.takes_place
            from sessions s join groups g on g.id = s.group_id left join quorum_questions q on q.session_id = s.id
            cross join lateral (
                select count(*)::int as seats, count(*) filter (where a.absent)::int as absent
                from seat_sessions e left join absences a on a.session_id = e.session_id and a.member_id = e.member_id
                where e.session_id = s.id and (e.ended_at is null or s.starts_at < e.ended_at)) m
            where s.id = @sessionId
            """,
            new { sessionId }
        );

    public static async Task AskAsync(UnitOfWork work, Group group, Session session, QuorumState state)
    {
        var by = QuorumRules.AnswerBy(session.StartsAt);
        await work.ExecuteAsync(
            "insert into quorum_questions (session_id, expected, minimum, asked_at, answer_by) values (@Id, @Expected, @Minimum, @Now, @by)",
            new
            {
                session.Id,
                state.Expected,
                state.Minimum,
                work.Now,
                by,
            }
        );
        work.Publish(new QuorumAsked(session.Snapshot(group), state.Expected, state.Minimum, by, work.Now));
        work.Audit(
            "quorum.asked",
            reference: session.Id,
            data: new
            {
                session.GroupId,
                state.Expected,
                state.Minimum,
            }
        );
    }

    /// <param name="answered">By a person.</param>
    public static async Task DecideAsync(UnitOfWork work, Group group, Session session, bool takesPlace, bool answered)
    {
        await work.ExecuteAsync(
            "update quorum_questions set takes_place = @takesPlace, decided_at = @Now where session_id = @Id",
            new
            {
                session.Id,
                takesPlace,
                work.Now,
            }
        );
        work.Audit(
            "quorum.decided",
            reference: session.Id,
            data: new
            {
                session.GroupId,
                takesPlace,
                answered,
            }
        );
        if (takesPlace)
        {
            work.Publish(new QuorumDecided(session.Snapshot(group), answered, work.Now));
        }
    }
}
