using GroupTherapy.Contracts.Room.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Room.Eligibility;
using GroupTherapy.Room.Live;
using GroupTherapy.Room.Log;
using GroupTherapy.Room.Moderation;

namespace GroupTherapy.Room.Phasing;

/// <summary>Coming and going, over however many tabs: one presence per person.</summary>
internal static class Presence
{
    /// <summary>Somebody who is admitted is in the room.</summary>
    public static async Task LogJoinedAsync(RoomTurn turn, ParticipantRow who)
    {
        await turn.AppendAsync(Streams.Room, Kinds.Joined, who.Actor, ParticipantEvents.Presence.Of(who));
        await JoinedAsync(turn.Work, [(turn, who)]);
    }

    /// <summary>What follows when the log has told that these are in their rooms.</summary>
    public static async Task JoinedAsync(UnitOfWork work, IReadOnlyList<(RoomTurn Turn, ParticipantRow Who)> joined)
    {
        await Observers.SettleAsync(work, [.. joined.Select(j => j.Turn).Distinct()]);
        foreach (var (turn, who) in joined)
        {
            await work.PublishAsync(new ParticipantJoined(turn.SessionId, who.ParticipantId, who.AccountId, who.Role, work.Now));
        }
    }

    public static async Task LogLeftAsync(RoomTurn turn, ParticipantRow who)
    {
        await turn.AppendAsync(Streams.Room, Kinds.Left, who.Actor, ParticipantEvents.Presence.Of(who));
        await GiveTurn.GoneAsync(turn, who.ParticipantId);
        await Observers.SettleAsync(turn);
        await turn.Work.PublishAsync(new ParticipantLeft(turn.SessionId, who.ParticipantId, who.AccountId, who.Role, turn.Work.Now));
    }

    /// <summary>Somebody is gone: from the room, or from before its door.</summary>
    public static async Task GoAsync(RoomTurn turn, ParticipantRow who)
    {
        await turn.Work.ExecuteAsync(
            "update participants set present = false, hand = false, last_present_at = greatest(last_present_at, @Now) where session_id = @SessionId and participant_id = @ParticipantId",
            new { turn.SessionId, who.ParticipantId, turn.Work.Now });
        await turn.DropDeadlineAsync(Deadlines.Leave, who.ParticipantId);
        if (who.IsIn)
        {
            await LogLeftAsync(turn, who);
        }
    }

    /// <summary>Forgets a connection. When it was the person's last, they have left after the grace, or at once.</summary>
    /// <param name="atOnce">They said so, or their node has been dead for longer than the grace.</param>
    public static async Task ConnectionGoneAsync(RoomTurn turn, Guid participant, string connectionId, TimeSpan grace, bool atOnce)
    {
        if (await LastOfAsync(turn, participant, connectionId) is not { Present: true } who)
        {
            return;
        }

        if (atOnce)
        {
            await GoAsync(turn, who);
            return;
        }

        await turn.Work.ExecuteAsync(
            """
            update participants set last_present_at = greatest(last_present_at, @Now) where session_id = @SessionId and participant_id = @participant;
            insert into deadlines (session_id, kind, subject, due_at) values (@SessionId, @Leave, @participant, @due)
            on conflict (session_id, kind, subject) do update set due_at = excluded.due_at;
            """, new { turn.SessionId, participant, turn.Work.Now, Deadlines.Leave, due = turn.Work.Now + grace });
    }

    /// <summary>Deletes a connection.</summary>
    /// <returns>Whose it was, when it was their last.</returns>
    private static async Task<ParticipantRow?> LastOfAsync(RoomTurn turn, Guid participant, string connectionId) =>
        await turn.Work.FirstOrDefaultAsync<ParticipantRow>(
            $"""
             delete from connections where connection_id = @connectionId;
             select {ParticipantRow.Columns} from participants p where session_id = @SessionId and participant_id = @participant
               and not exists (select 1 from connections c where c.session_id = p.session_id and c.participant_id = p.participant_id)
             """, new { turn.SessionId, participant, connectionId });
}
