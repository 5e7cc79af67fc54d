using System.Text.Json;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Room.Joining;

/// <summary>The permits that Enrollment published, as Room keeps them.</summary>
internal static class Permits
{
    /// <summary>The permit in force of one member for one session: the newest of an enrolment that is not over. Null when there is none.</summary>
    public static async Task<PermitChanged?> InForceAsync(UnitOfWork work, Guid session, Guid member)
    {
        var body = await work.FirstOrDefaultAsync<string>(
            """
            select p.body from permits p
            where p.session_id = @session and p.member_id = @member and not p.withdrawn
              and not exists (select 1 from enrollments e where e.enrollment_id = p.enrollment_id and not e.active)
            order by p.enrollment_id desc limit 1
            """, new { session, member });
        return body is null ? null : JsonSerializer.Deserialize<PermitChanged>(body, MessageTypes.Json);
    }

    /// <summary>The permit in force; for somebody in an open crisis also one that counts no more, since nobody is kept out for licensing then.</summary>
    public static async Task<PermitChanged?> ForJoiningAsync(UnitOfWork work, Guid session, Guid member)
    {
        if (await InForceAsync(work, session, member) is { } permit)
        {
            return permit;
        }

        var body = await work.FirstOrDefaultAsync<string>(
            """
            select p.body from permits p join participants q on q.session_id = p.session_id and q.account_id = p.member_id
            where p.session_id = @session and p.member_id = @member and q.crisis order by p.enrollment_id desc limit 1
            """, new { session, member });
        return body is null ? null : JsonSerializer.Deserialize<PermitChanged>(body, MessageTypes.Json)! with { Withdrawn = true, Places = [] };
    }

    /// <returns>False when a newer version was known.</returns>
    public static async Task<bool> KeepAsync(UnitOfWork work, PermitChanged permit) => await work.ExecuteAsync(
        """
        insert into permits as p (session_id, member_id, enrollment_id, permit_id, version, withdrawn, body)
        values (@SessionId, @MemberId, @EnrollmentId, @PermitId, @Version, @Withdrawn, @body)
        on conflict (session_id, member_id, enrollment_id) do update
            set permit_id = excluded.permit_id, version = excluded.version, withdrawn = excluded.withdrawn, body = excluded.body
            where excluded.version > p.version
        """,
        new
        {
            permit.SessionId, permit.MemberId, permit.EnrollmentId, permit.PermitId, permit.Version, permit.Withdrawn,
            body = JsonSerializer.Serialize(permit, MessageTypes.Json),
        }) == 1;
}
