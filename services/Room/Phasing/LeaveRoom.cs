using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Room.Access;
using GroupTherapy.Room.Live;
using GroupTherapy.Room.Log;

namespace GroupTherapy.Room.Phasing;

/// <summary>Leaving by word, or by a connection that is gone. Another tab of the same person stays what it is.</summary>
public sealed class LeaveRoom(RoomWork acts, Db db, LiveRooms rooms, NodeLease lease, RoomTimes times)
{
    public async Task<Answer<Done>> RunAsync(RoomConnection connection, CancellationToken ct)
    {
        var answer = await acts.RunAsync(connection, RoomAct.Leave, async access =>
        {
            if (access.Me.IsStaff)
            {
                await OpenRoom.SeeStaffAsync(access.Turn, access.Turn.Work.Now);
            }

            await Presence.ConnectionGoneAsync(access.Turn, access.Me.ParticipantId, connection.ConnectionId, times.LeaveAfter, atOnce: true);
            return null;
        }, ct);
        if (answer.Refusal is null && connection.Entry is { } entry)
        {
            rooms.Room(entry.SessionId)?.Detach(connection, db.Clock.GetUtcNow());
        }

        return answer;
    }

    /// <summary>A connection is gone. When the database is away too, the reconciler finds the row that was left behind; the door closes without waiting for it.</summary>
    public async Task DisconnectedAsync(RoomConnection connection)
    {
        rooms.Closed(connection);
        if (connection.Entry is { } entry)
        {
            DateTimeOffset? seen = connection.IsStaff ? connection.LastSeen : null;
            rooms.Room(entry.SessionId)?.Detach(connection, db.Clock.GetUtcNow());
            if (!lease.IsOver)
            {
                await ForgetAsync(entry.Term, entry.SessionId, entry.ParticipantId, connection.ConnectionId, false, CancellationToken.None, seen);
            }
        }
    }

    /// <param name="term">This node's. When it is over, this is for the others to see to.</param>
    /// <param name="staffSeenAt">The connection was a facilitator's, and lived until then: the grace counts from it.</param>
    internal async Task ForgetAsync(long term, Guid session, Guid participant, string connectionId, bool atOnce, CancellationToken ct, DateTimeOffset? staffSeenAt = null)
    {
        await using var work = await db.BeginAsync(Platform.Security.Caller.System("room"), ct);
        if (await RoomTurn.BeginServingAsync(work, session, TurnLock.Change, rooms, term) is ({ } turn, true))
        {
            if (staffSeenAt is { } seen)
            {
                await OpenRoom.SeeStaffAsync(turn, seen);
            }

            await Presence.ConnectionGoneAsync(turn, participant, connectionId, times.LeaveAfter, atOnce);
            await work.CommitAsync(ct);
        }
    }
}
