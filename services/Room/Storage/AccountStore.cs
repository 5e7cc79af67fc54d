using GroupTherapy.Platform.Data;

namespace GroupTherapy.Room.Storage;

/// <summary>Facts from other services about accounts, enrollments and names, apart from any room. Greater versions win.</summary>
internal static class AccountStore
{
    /// <returns>False when a newer version is known.</returns>
    public static async Task<bool> SaveRolesAsync(UnitOfWork work, Guid account, string[] roles, string[] facilitatorIn, long version) =>
        await work.ExecuteAsync(
            """
            insert into account_roles as a (account_id, roles, facilitator_in, version) values (@account, @roles, @facilitatorIn, @version)
            on conflict (account_id) do update set roles = excluded.roles,
                facilitator_in = excluded.facilitator_in, version = excluded.version where excluded.version > a.version
            """,
            new
            {
                account,
                roles,
                facilitatorIn,
                version,
            }
        ) == 1;

    public static Task SaveRevokedAsync(UnitOfWork work, Guid signIn, DateTimeOffset at) =>
        work.ExecuteAsync("insert into revoked_sign_ins (sign_in_id, revoked_at) values (@signIn, @at) on conflict do nothing", new { signIn, at });

    /// <param name="confirmedAt">Null ends it.</param>
    public static Task SaveEnrollmentAsync(UnitOfWork work, Guid enrollmentId, Guid groupId, Guid memberId, long version, DateTimeOffset? confirmedAt) =>
        work.ExecuteAsync(
            """
            insert into enrollments as e (enrollment_id, group_id, member_id, version, active, confirmed_at)
            values (@enrollmentId, @groupId, @memberId, @version, @active, @confirmedAt)
            on conflict (enrollment_id) do update set version = excluded.version, active = excluded.active,
                confirmed_at = coalesce(e.confirmed_at, excluded.confirmed_at)
            where excluded.version > e.version
            """,
            new
            {
                enrollmentId,
                groupId,
                memberId,
                version,
                active = confirmedAt is not null,
                confirmedAt,
            }
        );

    public static Task SaveAbsenceAsync(UnitOfWork work, Guid sessionId, Guid memberId, bool absent, long version) =>
        work.ExecuteAsync(
            """
            insert into absences as a (session_id, member_id, absent, version) values (@sessionId, @memberId, @absent, @version)
            on conflict (session_id, member_id) do update set absent = excluded.absent, version = excluded.version where excluded.version > a.version
            """,
            new
            {
                sessionId,
                memberId,
                absent,
                version,
            }
        );

    public static Task SaveNameAsync(UnitOfWork work, Guid facilitator, string displayName, long version) =>
        work.ExecuteAsync(
            """
            insert into facilitator_names as n (facilitator_id, display_name, version) values (@facilitator, @displayName, @version)
            on conflict (facilitator_id) do update set display_name = excluded.display_name, version = excluded.version where excluded.version > n.version
            """,
            new
            {
                facilitator,
                displayName,
                version,
            }
        );

    /// <summary>Sessions in progress in which an account is a participant or staff.</summary>
    public static Task<IReadOnlyList<Guid>> SessionsOfAsync(UnitOfWork work, Guid account) =>
        work.QueryAsync<Guid>(
            """
            select s.session_id from (
                select session_id from participants where account_id = @account union select session_id from session_staff where account_id = @account) mine
            join sessions s using (session_id) where s.phase in ('lobby', 'live', 'held') order by s.session_id
            """,
            new { account }
        );
}
