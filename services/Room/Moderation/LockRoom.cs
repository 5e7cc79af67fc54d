using GroupTherapy.Room.Access;
using GroupTherapy.Room.Live;
using GroupTherapy.Room.Log;

namespace GroupTherapy.Room.Moderation;

/// <summary>Closes the room to newcomers, and opens it to them again. Who was admitted once may come back through a locked door.</summary>
public sealed class LockRoom(RoomWork acts)
{
    public Task<Answer<Done>> LockAsync(RoomConnection connection, CancellationToken ct) => SetAsync(connection, RoomAct.Lock, true, ct);

    public Task<Answer<Done>> UnlockAsync(RoomConnection connection, CancellationToken ct) => SetAsync(connection, RoomAct.Unlock, false, ct);

    private Task<Answer<Done>> SetAsync(RoomConnection connection, RoomAct act, bool locked, CancellationToken ct) => acts.RunAsync(
        connection, act, async access =>
        {
            var turn = access.Turn;
            if (turn.Session.Locked != locked)
            {
                await turn.Work.ExecuteAsync("update sessions set locked = @locked where session_id = @SessionId", new { locked, turn.SessionId });
                await turn.AppendAsync(Streams.Room, locked ? Kinds.Locked : Kinds.Unlocked, access.Me.Actor, new { });
                await turn.Work.AuditAsync(locked ? "room.locked" : "room.unlocked", null, turn.SessionId);
            }

            return null;
        }, ct);
}
