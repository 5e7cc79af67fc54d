using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Room.Domain;

namespace GroupTherapy.Room.Storage;

/// <summary>A session as a caller outside the room may look at it.</summary>
/// <param name="Leads">Whether they lead it, or led it until another facilitator took over; if not, they are an operator of its practice.</param>
/// <param name="Observes">They are of its staff and not authorised for the location of a member who is here: what only staff may read is not for them.</param>
/// <param name="IsStaff">Whether they lead it now.</param>
public sealed record ReadableSession(SessionState Session, bool Leads, bool Observes, bool IsStaff);

/// <summary>The rules of who may read a session from outside the room.</summary>
public static class SessionReader
{
    /// <summary>The session, when the caller leads it or is an operator of its practice. Otherwise null, whether it exists or not.</summary>
    /// <param name="operators">Whether operators may see this at all; what was said in a room they may not.</param>
    public static async Task<SessionState?> ForAsync(UnitOfWork work, Caller caller, Guid session, bool operators) =>
        await ReadAsync(work, caller, session) is { } readable && (readable.Leads || operators) ? readable.Session : null;

    /// <summary>The session, when the caller is of its staff now: a facilitator who handed it over may read, and change nothing.</summary>
    public static async Task<SessionState?> ForStaffAsync(UnitOfWork work, Caller caller, Guid session) =>
        await ReadAsync(work, caller, session) is { IsStaff: true } readable ? readable.Session : null;

    /// <summary>As what the caller may look at the session; null when they may not, whether it exists or not.</summary>
    public static async Task<ReadableSession?> ReadAsync(UnitOfWork work, Caller caller, Guid session)
    {
        var row = await work.FirstOrDefaultAsync<SessionState>(
            $"select {SessionRows.Columns.Names} from sessions where session_id = @session",
            new { session }
        );
        if (row is null)
        {
            return null;
        }

        var staff = caller.Is(AccountRoles.Facilitator, row.Practice)
            ? await work.FirstOrDefaultAsync<StaffRow>(
                """
                select coalesce(p.role = 'observer', false) as observes, s.account_id is not null as is_staff
                from (select * from session_staff where session_id = @session and account_id = @AccountId) s
                full join (select * from participants where session_id = @session and account_id = @AccountId and role <> 'member' and admission <> 'none') p
                    using (session_id, account_id)
                """,
                new { session, caller.AccountId }
            )
            : null;
        return staff is not null || caller.Is("operator", row.Practice)
            ? new ReadableSession(row, staff is not null, staff?.Observes ?? false, staff?.IsStaff ?? false)
            : null;
    }

    private sealed record StaffRow(bool Observes, bool IsStaff);
}
