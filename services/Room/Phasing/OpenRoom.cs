using GroupTherapy.Room.Access;
using GroupTherapy.Room.Live;
using GroupTherapy.Room.Log;

namespace GroupTherapy.Room.Phasing;

/// <summary>The lobby opens by itself at its time; the session itself is opened by staff.</summary>
public sealed class OpenRoom(RoomWork acts)
{
    public Task<Answer<Done>> RunAsync(RoomConnection connection, CancellationToken ct) => acts.RunAsync(
        connection, RoomAct.Open, async access =>
        {
            var turn = access.Turn;
            if (turn.Session.Phase != Phases.Lobby)
            {
                return null;
            }

            await turn.EnterPhaseAsync(Phases.Live);
            await turn.Work.ExecuteAsync("update sessions set opened_at = @Now where session_id = @SessionId", new { turn.Work.Now, turn.SessionId });
            await SeeStaffAsync(turn, turn.Work.Now);
            await turn.AppendAsync(Streams.Room, Kinds.Opened, access.Me.Actor, new { });
            await Lobby.TellAsync(turn);
            await turn.Work.AuditAsync("session.opened", access.Me.AccountId, turn.SessionId);
            return null;
        }, ct);

    /// <summary>Opens the lobby when its time has come.</summary>
    internal static async Task OpenLobbyWhenDueAsync(RoomTurn turn, RoomTimes times)
    {
        var s = turn.Session;
        if (PhaseRules.LobbyIsDue(s.Phase, s.Cancelled, s.StartsAt, times.LobbyBefore, turn.Work.Now))
        {
            await turn.EnterPhaseAsync(Phases.Lobby);
            await turn.DropDeadlineAsync(Deadlines.Lobby);
        }
    }

    /// <summary>A sign of life from staff.</summary>
    internal static Task SeeStaffAsync(RoomTurn turn, DateTimeOffset at) => turn.Work.ExecuteAsync(
        """
        insert into staff_presence as p (session_id, seen_at) values (@SessionId, @at)
        on conflict (session_id) do update set seen_at = greatest(p.seen_at, excluded.seen_at)
        """, new { turn.SessionId, at });
}
