using GroupTherapy.Contracts.Room.V1;
using GroupTherapy.Room.Access;
using GroupTherapy.Room.Chat;
using GroupTherapy.Room.Eligibility;
using GroupTherapy.Room.Live;
using GroupTherapy.Room.Log;

namespace GroupTherapy.Room.Moderation;

/// <summary>
/// Removes a member for the rest of the session. A fact before it is an action: the row says removed and the tickets are dead, then the event, and with its
/// commit the connections close: here, on every node that hears of it, and by the reconciler where nothing was heard.
/// </summary>
public sealed class RemoveParticipant(RoomWork acts)
{
    public async Task<Answer<Done>> RunAsync(RoomConnection connection, Guid participant, string? reason, CancellationToken ct)
    {
        if (MessageRules.RefuseReason(reason) is { } refusal)
        {
            return refusal;
        }

        return await acts.RunAsync(connection, RoomAct.Remove, async access =>
        {
            var (turn, subject) = (access.Turn, await access.Turn.ParticipantAsync(participant));
            if (subject is null or { Alias: null })
            {
                return Refusal.NotFound;
            }

            if (subject.IsFacilitator)
            {
                return Refusal.NotAllowed;
            }

            if (subject.Admission == Admissions.Removed)
            {
                return null;
            }

            await turn.Work.ExecuteAsync(
                """
                update participants set admission = 'removed', present = false, hand = false, last_present_at = @Now where session_id = @SessionId and participant_id = @participant;
                delete from tickets where session_id = @SessionId and participant_id = @participant;
                delete from deadlines where session_id = @SessionId and kind = 'leave' and subject = @participant;
                """, new { turn.SessionId, participant, turn.Work.Now });
            await turn.AppendAsync(Streams.Room, Kinds.Removed, access.Me.Actor, new ParticipantEvents.Named(participant, subject.Alias));
            await GiveTurn.GoneAsync(turn, participant);
            await Observers.SettleAsync(turn);
            await turn.Work.PublishAsync(new ParticipantRemoved(turn.SessionId, participant, subject.AccountId, turn.Work.Now));
            await RoomWork.NoteAsync(access, "participant.removed", subject, reason!);
            turn.CheckConnectionsAfterCommit();
            return null;
        }, ct);
    }
}
