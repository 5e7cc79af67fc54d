using GroupTherapy.Room.Log;

namespace GroupTherapy.Room.Joining;

/// <summary>What was said about the room before somebody came in, and still holds: their log begins at their admission.</summary>
/// <param name="Turn">Who has the turn to speak; null for nobody.</param>
/// <param name="Hands">Whose hands are up.</param>
public sealed record RoomNow(bool Locked, int SlowSeconds, Guid? Turn, IReadOnlyList<Guid> Hands)
{
    public static async Task<RoomNow> OfAsync(RoomTurn turn) =>
        Of(turn, await turn.Work.QueryAsync<Guid>("select participant_id from participants where session_id = @SessionId and present and hand order by participant_id", new { turn.SessionId }));

    internal static RoomNow Of(RoomTurn turn, IReadOnlyList<Guid> hands) => new(turn.Session.Locked, turn.Session.SlowSeconds, turn.Session.TurnOf, hands);
}
