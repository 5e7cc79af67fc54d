using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Room.Domain;

namespace GroupTherapy.Room.Storage;

/// <summary>A session as somebody outside the room may look at it.</summary>
/// <param name="Leads">Whether they lead it; if not, they are an operator of its practice.</param>
/// <param name="Observes">They are of its staff and not authorised for the location of a member who is here: what only staff may read is not for them.</param>
public sealed record ReadableSession(SessionState Session, bool Leads, bool Observes);

/// <summary>Who may look at a session from outside the room.</summary>
public static class SessionReader
{
    /// <summary>The session, when the caller leads it or is an operator of its practice. Otherwise null, whether it exists or not.</summary>
    /// <param name="operators">Whether operators may see this at all; what was said in a room they may not.</param>
    public static async Task<SessionState?> ForAsync(UnitOfWork work, Caller caller, Guid session, bool operators) =>
        await ReadAsync(work, caller, session) is { } readable && (readable.Leads || operators) ? readable.Session : null;

    /// <summary>As what the caller may look at the session; null when they may not, whether it exists or not.</summary>
    public static async Task<ReadableSession?> ReadAsync(UnitOfWork work, Caller caller, Guid session)
    {
        var row = await work.FirstOrDefaultAsync<SessionState>($"select {SessionRows.Columns} from sessions where session_id = @session", new { session });
        if (row is null)
        {
            return null;
        }

        var staff = caller.Is(AccountRoles.Facilitator, row.Practice)
            ? await work.FirstOrDefaultAsync<StaffRow>(
                """
                select true as leads, coalesce(p.role = 'observer', false) as observes from session_staff s left join participants p using (session_id,
                    account_id)
                where s.session_id = @session and s.account_id = @AccountId
                """, new { session, caller.AccountId })
            : null;
        return staff is not null || caller.Is("operator", row.Practice)
            ? new ReadableSession(row, staff is not null, staff?.Observes ?? false) : null;
    }

    private sealed record StaffRow(bool Leads, bool Observes);
}
