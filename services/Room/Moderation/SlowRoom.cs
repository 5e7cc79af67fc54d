using GroupTherapy.Room.Access;
using GroupTherapy.Room.Live;
using GroupTherapy.Room.Log;

namespace GroupTherapy.Room.Moderation;

/// <summary>Slow mode: each member says something to everybody at most once in so many seconds. Staff, and the line to them, are free.</summary>
public sealed class SlowRoom(RoomWork acts)
{
    private const int Slowest = 300;

    /// <param name="seconds">0 switches it off.</param>
    public async Task<Answer<Done>> RunAsync(RoomConnection connection, int seconds, CancellationToken ct) =>
        seconds is < 0 or > Slowest ? Refusal.BadRequest("Slow mode is 0 to 300 seconds.") : await acts.RunAsync(connection, RoomAct.SlowMode, async access =>
        {
            var turn = access.Turn;
            if (turn.Session.SlowSeconds != seconds)
            {
                await turn.Work.ExecuteAsync("update sessions set slow_seconds = @seconds where session_id = @SessionId", new { seconds, turn.SessionId });
                await turn.AppendAsync(Streams.Room, Kinds.Slowed, access.Me.Actor, new { seconds });
                await turn.Work.AuditAsync("room.slowed", null, turn.SessionId, new { seconds });
            }

            return null;
        }, ct);
}
