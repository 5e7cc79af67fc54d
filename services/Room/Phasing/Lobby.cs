using GroupTherapy.Room.Joining;
using GroupTherapy.Room.Live;
using GroupTherapy.Room.Log;

namespace GroupTherapy.Room.Phasing;

/// <summary>Who waits reads what is true now: not that they are early when the session has begun, nor that it goes on while it is paused.</summary>
internal static class Lobby
{
    /// <summary>Tells everybody who waits, after the room has changed its phase. Who was asked to wait outside is told nothing new by it.</summary>
    public static async Task TellAsync(RoomTurn turn)
    {
        var waiting = await turn.Work.QueryAsync<ParticipantRow>(
            $"select {ParticipantRow.Columns} from participants where session_id = @SessionId and admission = @Waiting and present and admitted_seq = 0 order by participant_id",
            new { turn.SessionId, Admissions.Waiting });
        var text = WaitingText.Of(turn.Session.Phase, turn.Session.LateArrivals, sentBack: false);
        await RoomTurn.AppendAsync(turn.Work, [.. waiting.Select(who => (
            turn, Streams.Private(who.ParticipantId), Kinds.Waiting, (Actor?)who.Actor, (object)new ParticipantEvents.Waiting(who.ParticipantId, who.Alias ?? "", text)))]);
    }
}
