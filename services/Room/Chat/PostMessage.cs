using GroupTherapy.Room.Access;
using GroupTherapy.Room.Live;

namespace GroupTherapy.Room.Chat;

/// <summary>Where a message stands in the log. Answered only when it is durable.</summary>
public sealed record Posted(string Stream, long Seq, DateTimeOffset At) : ToldWhenWritten;

/// <summary>Says something in the room. The sender's own id for it makes a repeat after a lost answer harmless.</summary>
public sealed class PostMessage(PostQueue queue, RoomWork acts)
{
    public async Task<Answer<Posted>> RunAsync(RoomConnection connection, string id, string? text, string to, CancellationToken ct)
    {
        if ((MessageRules.RefuseId(id) ?? MessageRules.RefuseText(text)) is { } refusal)
        {
            return refusal;
        }

        var answer = await queue.AskAsync(new Post(connection, id, text!, to), CancellationToken.None);
        if (answer.Refusal is { } refused)
        {
            await acts.RecordAsync(connection, RoomAct.Post, refused, ct);
        }

        return answer;
    }
}
