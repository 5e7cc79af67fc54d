using GroupTherapy.Room.Log;

namespace GroupTherapy.Room.Chat;

/// <summary>
/// How often one person may do something. One instant in their row says when the allowance will be whole again; each use moves it on, and is refused when it lies
/// too far ahead. Exact over all nodes and tabs, since the row is one.
/// </summary>
internal static class Allowance
{
    /// <param name="column">Of <c>participants</c>; written in this code, never by a client.</param>
    /// <param name="burst">So many at once.</param>
    public static async Task<bool> TakeAsync(RoomTurn turn, ParticipantRow me, string column, TimeSpan every, int burst) => await turn.Work.ExecuteAsync(
        $"""
         update participants set {column} = greatest({column}, @Now) + @every
         where session_id = @SessionId and participant_id = @ParticipantId and {column} <= @Now + @ahead
         """, new { turn.SessionId, me.ParticipantId, turn.Work.Now, every, ahead = every * (burst - 1) }) == 1;
}
