using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using GroupTherapy.Room.Live;
using GroupTherapy.Room.Log;

namespace GroupTherapy.Room.Access;

/// <summary>
/// The one door to acting in a room. It reads what is true now, in the transaction of the act and after the session's row was locked:
/// nothing is remembered from the moment of connecting.
/// </summary>
public sealed class RoomAccess
{
    private RoomAccess(RoomTurn turn, ParticipantRow me) => (Turn, Me) = (turn, me);

    public RoomTurn Turn { get; }

    /// <summary>Who acts.</summary>
    public ParticipantRow Me { get; }

    /// <summary>Access for one act of one connection; a refusal says no more than its code.</summary>
    public static async Task<Answer<RoomAccess>> ForAsync(UnitOfWork work, RoomConnection connection, RoomAct act, LiveRooms rooms)
    {
        if (connection.Entry is not { } entry)
        {
            return Refusal.NotAdmitted;
        }

        var turn = await RoomTurn.BeginAsync(work, entry.SessionId, RoomActs.ChangesRoom(act) ? TurnLock.Change : TurnLock.Share, rooms);
        if (turn is null || await turn.ParticipantAsync(entry.ParticipantId) is not { } me)
        {
            return Refusal.NotAdmitted;
        }

        var facts = await work.FirstOrDefaultAsync<Facts>(
            """
            select exists (select 1 from connections c join nodes n using (node_id)
                       where c.connection_id = @ConnectionId and c.node_id = @NodeId and c.ending is null and n.lease_until > clock_timestamp()) as connected,
                   exists (select 1 from connections c where c.connection_id = @ConnectionId and c.closes_at is not null) as closing,
                   exists (select 1 from revoked_sign_ins where sign_in_id = @SignInId) as revoked,
                   exists (select 1 from session_staff where session_id = @SessionId and account_id = @AccountId) as of_staff,
                   (select roles from account_roles where account_id = @AccountId) is null
                       or @needed = any ((select roles from account_roles where account_id = @AccountId)::text[]) as has_role
            """,
            new { connection.ConnectionId, rooms.NodeId, work.Caller.SignInId, entry.SessionId, me.AccountId, needed = me.IsFacilitator ? Roles.Facilitator : Roles.Member });
        var standing = new Standing(
            me.Role, me.Admission, turn.Session.Phase, facts!.Connected, facts.Closing,
            !facts.Revoked && work.Now < work.Caller.SignInEndsAt,
            facts.HasRole && (!me.IsFacilitator || facts.OfStaff),
            me.IsCovered(work.Now));
        return AccessRules.Refuse(standing, act) is { } refusal ? refusal : new RoomAccess(turn, me);
    }

    private sealed record Facts(bool Connected, bool Closing, bool Revoked, bool OfStaff, bool HasRole);
}

/// <summary>Who may look at a session from outside the room.</summary>
public static class SessionReading
{
    /// <summary>The session, when the caller leads it, or is an operator of its practice. Otherwise null, whether it exists or not.</summary>
    /// <param name="operators">Whether operators may see this at all; what was said in a room they may not.</param>
    public static async Task<SessionRow?> ForAsync(UnitOfWork work, Caller caller, Guid session, bool operators)
    {
        var row = await work.FirstOrDefaultAsync<SessionRow>($"select {SessionRow.Columns} from sessions where session_id = @session", new { session });
        if (row is null)
        {
            return null;
        }

        var leads = caller.Is(Roles.Facilitator) && await work.FirstOrDefaultAsync<bool>(
            "select exists (select 1 from session_staff where session_id = @session and account_id = @AccountId)", new { session, caller.AccountId });
        return leads || (operators && caller.Is(Roles.Operator) && caller.Practices.Contains(row.Practice)) ? row : null;
    }
}
