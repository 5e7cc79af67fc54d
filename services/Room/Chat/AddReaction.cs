using GroupTherapy.Room.Access;
using GroupTherapy.Room.Live;
using GroupTherapy.Room.Log;

namespace GroupTherapy.Room.Chat;

/// <summary>Answers a message with an emoji, in the message's own stream. The same one again from the same person is the one that is there.</summary>
public sealed class AddReaction(RoomWork acts)
{
    public async Task<Answer<Done>> RunAsync(RoomConnection connection, string stream, long seq, string? emoji, CancellationToken ct)
    {
        if (!ReactionRules.IsEmoji(emoji))
        {
            return Refusal.BadRequest("A reaction is one emoji.");
        }

        return await acts.RunAsync(connection, RoomAct.React, async access =>
        {
            var (turn, me) = (access.Turn, access.Me);
            if (!MessagesOf.MayRead(me, stream))
            {
                return Refusal.NotAllowed;
            }

            if (ReactionRules.Refuse(me.IsStaff, me.ChatMuted, turn.Session.Phase) is { } refusal)
            {
                return refusal;
            }

            if (await MessagesOf.FindAsync(turn, stream, seq) is not { } message || !MessagesOf.MaySee(me, stream, seq) || (message.Hidden && !me.IsStaff))
            {
                return Refusal.NotFound;
            }

            if (!await Allowance.TakeAsync(turn, me, "reactions_settle_at", ReactionRules.Every, ReactionRules.Burst))
            {
                return Refusal.TooFast;
            }

            var isNew = await turn.Work.ExecuteAsync(
                """
                insert into reactions (session_id, stream, seq, participant_id, digest) values (@SessionId, @stream, @seq, @ParticipantId, @digest) on conflict do nothing
                """, new { turn.SessionId, stream, seq, me.ParticipantId, digest = turn.Key.Digest($"reaction {emoji}") }) == 1;
            if (isNew)
            {
                await turn.AppendAsync(stream, Kinds.Reacted, me.Actor, new { seq, emoji });
            }

            return null;
        }, ct);
    }
}
