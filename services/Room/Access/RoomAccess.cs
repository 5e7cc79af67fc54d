using GroupTherapy.Contracts.Identity;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Room.Live;
using GroupTherapy.Room.Log;

namespace GroupTherapy.Room.Access;

/// <summary>
/// The one door to acting in a room. It reads what is true now, in the transaction of the act and after the session's row was locked:
/// nothing is remembered from the moment of connecting, and what is remembered from the last act counts only where that is asked again.
/// </summary>
public sealed class RoomAccess
{
    private readonly Entry _entry;
    private readonly AccessFacts _facts;

    private RoomAccess(RoomTurn turn, Entry entry, AccessFacts facts, ParticipantRow me) => (Turn, _entry, _facts, Me) = (turn, entry, facts, me);

    public RoomTurn Turn { get; }

    /// <summary>Who acts.</summary>
    public ParticipantRow Me { get; }

    /// <summary>Access for one act of one connection; a refusal says no more than its code.</summary>
    public static async Task<Answer<RoomAccess>> ForAsync(UnitOfWork work, RoomConnection connection, RoomAct act, LiveRooms rooms) =>
        (await ForManyAsync(work, [connection], act, rooms))[0];

    /// <summary>Access for the same act of many connections, each answered by itself and in the order asked. Sessions are locked in the order of their ids.</summary>
    public static async Task<IReadOnlyList<Answer<RoomAccess>>> ForManyAsync(UnitOfWork work, IReadOnlyList<RoomConnection> connections, RoomAct act, LiveRooms rooms)
    {
        var answers = new Answer<RoomAccess>[connections.Count];
        Array.Fill(answers, Refusal.NotAdmitted);
        var asked = connections.Select((connection, n) => (connection, entry: connection.Entry, n)).Where(a => a.entry is not null).ToList();
        if (asked.Count == 0)
        {
            return answers;
        }

        await using var read = await work.QueryTogetherAsync(
            $"{RoomTurn.Locking(RoomActs.StandsAlone(act) ? TurnLock.Change : TurnLock.Share)}; {AccessFacts.Sql}",
            new
            {
                sessions = asked.Select(a => a.entry!.SessionId).Distinct().ToArray(),
                sessionIds = asked.Select(a => a.entry!.SessionId).ToArray(),
                participantIds = asked.Select(a => a.entry!.ParticipantId).ToArray(),
                terms = asked.Select(a => a.entry!.Term).ToArray(),
                connectionIds = asked.Select(a => a.connection.ConnectionId).ToArray(),
                signInIds = asked.Select(a => a.connection.Caller.SignInId).ToArray(),
                rooms.NodeId,
                facilitator = Roles.Facilitator,
                member = Roles.Member,
            });
        var turns = RoomTurn.Of(work, await read.ReadAsync<SessionRow>(), rooms);
        foreach (var (facts, me) in read.Read<AccessFacts, ParticipantRow, (AccessFacts, ParticipantRow)>((facts, me) => (facts, me), "participant_id"))
        {
            var (connection, entry, n) = asked[(int)facts.N - 1];
            if (turns.TryGetValue(entry!.SessionId, out var turn))
            {
                answers[n] = Decide(turn, connection, entry, facts, me, act);
            }
        }

        return answers;
    }

    /// <summary>Access as it was remembered, by the clock of <paramref name="turn"/>'s unit of work. Counts only if the versions that it came from are compared when something is written.</summary>
    internal static Answer<RoomAccess> ForRemembered(RoomTurn turn, RoomConnection connection, RememberedAccess remembered, RoomAct act) =>
        Decide(turn, connection, remembered.Entry, remembered.Facts, remembered.Me, act);

    /// <summary>To be remembered once what this access was for is committed.</summary>
    /// <param name="me">Their row by then.</param>
    /// <param name="version">The version of that row; null when it is still what was read.</param>
    internal RememberedAccess Remember(ParticipantRow me, string? version) =>
        new(_entry, Turn.Session, me, version is null ? _facts : _facts with { OwnVersion = version });

    private static Answer<RoomAccess> Decide(RoomTurn turn, RoomConnection connection, Entry entry, AccessFacts facts, ParticipantRow me, RoomAct act)
    {
        var now = turn.Work.Now;
        var standing = new Standing(
            me.Role, me.Admission, turn.Session.Phase, facts.Connected, facts.Closing,
            !facts.Revoked && now < connection.Caller.SignInEndsAt,
            facts.HasRole && (!me.IsFacilitator || facts.OfStaff),
            me.IsCovered(now));
        return AccessRules.Refuse(standing, act) switch
        {
            null => new RoomAccess(turn, entry, facts, me),
            // They were let in; it is this node whose connections no longer count. They are sent to another.
            { } refusal when refusal == Refusal.NotAdmitted && me.IsIn && facts is { Connected: false, Ending: false } => Refusal.TryAgain,
            { } refusal => refusal,
        };
    }
}

/// <summary>Who may look at a session from outside the room.</summary>
public static class SessionReading
{
    /// <param name="Leads">Whether they lead it; if not, they are an operator of its practice.</param>
    /// <param name="Observes">They are of its staff, and not authorised for the place of a member who is here: what only staff may read is not for them.</param>
    public sealed record Reader(SessionRow Session, bool Leads, bool Observes);

    /// <summary>The session, when the caller leads it, or is an operator of its practice. Otherwise null, whether it exists or not.</summary>
    /// <param name="operators">Whether operators may see this at all; what was said in a room they may not.</param>
    public static async Task<SessionRow?> ForAsync(UnitOfWork work, Caller caller, Guid session, bool operators) =>
        await ReaderAsync(work, caller, session) is { } reader && (reader.Leads || operators) ? reader.Session : null;

    /// <summary>As what the caller may look at the session; null when they may not, whether it exists or not.</summary>
    public static async Task<Reader?> ReaderAsync(UnitOfWork work, Caller caller, Guid session)
    {
        var row = await work.FirstOrDefaultAsync<SessionRow>($"select {SessionRow.Columns} from sessions where session_id = @session", new { session });
        if (row is null)
        {
            return null;
        }

        var staff = caller.Is(Roles.Facilitator)
            ? await work.FirstOrDefaultAsync<Staff>(
                """
                select true as leads, coalesce(p.role = 'observer', false) as observes from session_staff s left join participants p using (session_id, account_id)
                where s.session_id = @session and s.account_id = @AccountId
                """, new { session, caller.AccountId })
            : null;
        return staff is not null || (caller.Is(Roles.Operator) && caller.Practices.Contains(row.Practice)) ? new Reader(row, staff is not null, staff?.Observes ?? false) : null;
    }

    private sealed record Staff(bool Leads, bool Observes);
}
