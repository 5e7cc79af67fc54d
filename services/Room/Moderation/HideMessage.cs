using GroupTherapy.Room.Access;
using GroupTherapy.Room.Chat;
using GroupTherapy.Room.Live;
using GroupTherapy.Room.Log;

namespace GroupTherapy.Room.Moderation;

/// <summary>
/// Takes a message's text away from members: those who read later get it as hidden, clients that show it already are told. Staff go on reading it, and the log keeps it.
/// </summary>
public sealed class HideMessage(RoomWork acts)
{
    public async Task<Answer<Done>> RunAsync(RoomConnection connection, string stream, long seq, string? reason, CancellationToken ct)
    {
        if (MessageRules.RefuseReason(reason) is { } refusal)
        {
            return refusal;
        }

        return await acts.RunAsync(connection, RoomAct.Hide, async access =>
        {
            var turn = access.Turn;
            switch (await MessagesOf.FindAsync(turn, stream, seq))
            {
                case null:
                    return Refusal.NotFound;
                case { Hidden: true }:
                    return null;
                case var message:
                    await turn.Work.ExecuteAsync(
                        "insert into hidden_messages (session_id, stream, seq, at) values (@SessionId, @stream, @seq, @Now)", new { turn.SessionId, stream, seq, turn.Work.Now });
                    await turn.AppendAsync(stream, Kinds.Hidden, access.Me.Actor, new ModerationEvents.Message(seq));
                    await RoomWork.NoteAsync(access, "message.hidden", await turn.ParticipantAsync(message.ById), reason!);
                    return null;
            }
        }, ct);
    }
}
