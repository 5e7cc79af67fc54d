using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Scheduling.Domain;

namespace GroupTherapy.Scheduling.Storage;

/// <summary>Reads and writes which members said that they will not come to a session.</summary>
internal static class AbsenceStore
{
    /// <summary>A session in which the member has a seat, kept as it is until the transaction ends; null where there is none.</summary>
    public static async Task<Session?> LockSessionAsync(UnitOfWork work, Guid sessionId, Guid member) =>
        await work.FirstOrDefaultAsync<Session>(
            $"""
            select {SessionStore.Columns} from sessions s where s.id = @sessionId and exists (
                select 1 from seat_sessions e where e.session_id = s.id and e.member_id = @member and (e.ended_at is null or s.starts_at < e.ended_at))
            for share
            """,
            new { sessionId, member }
        );

    /// <summary>Saves and publishes what a member says; saying it again changes nothing.</summary>
    /// <returns>When it was said first.</returns>
    public static async Task<DateTimeOffset> SaveAsync(UnitOfWork work, Session session, Guid member, bool absent)
    {
        var changed = await work.FirstOrDefaultAsync<long?>(
            absent
                ? """
                insert into absences as a (session_id, member_id, absent, version, changed_at) values (@Id, @member, true, 1, @Now)
                on conflict (session_id, member_id) do update set absent = true, version = a.version + 1, changed_at = excluded.changed_at
                    where not a.absent
                returning version
                """
                : """
                update absences set absent = false, version = version + 1, changed_at = @Now where session_id = @Id and member_id = @member and absent
                returning version
                """,
            new
            {
                session.Id,
                member,
                work.Now,
            }
        );
        if (changed is not { } version)
        {
            return await work.FirstOrDefaultAsync<DateTimeOffset?>(
                    "select changed_at from absences where session_id = @Id and member_id = @member",
                    new { session.Id, member }
                ) ?? work.Now;
        }

        work.Publish(
            absent
                ? new AbsenceTold(session.Id, session.GroupId, member, version, work.Now)
                : new AbsenceWithdrawn(session.Id, session.GroupId, member, version, work.Now)
        );
        work.Audit(absent ? "absence.told" : "absence.withdrawn", member, session.Id, new { version });
        return work.Now;
    }

    /// <summary>Members with a seat who said that they will not come, the first who said so first.</summary>
    public static Task<IReadOnlyList<Absence>> ListAsync(UnitOfWork work, Guid sessionId) =>
        work.QueryAsync<Absence>(
            """
            select a.member_id, a.changed_at as told_at from absences a join sessions s on s.id = a.session_id
            where a.session_id = @sessionId and a.absent and exists (
                select 1 from enrollments e where e.group_id = s.group_id and e.member_id = a.member_id and e.confirmed_at is not null
                    and (e.ended_at is null or s.starts_at < e.ended_at))
            order by a.changed_at, a.member_id
            """,
            new { sessionId }
        );
}
