using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Room.Eligibility;
using GroupTherapy.Room.Joining;
using GroupTherapy.Room.Live;
using GroupTherapy.Room.Log;

namespace GroupTherapy.Room.Planning;

/// <summary>What the law and the practice answer for one member and one session. Whoever is in the room already is held against the new answer at once.</summary>
public sealed class KeepPermitWhenPermitChanged(Db db, LiveRooms rooms, RoomTimes times) : TransactionalConsumer<PermitChanged>(db)
{
    protected override async Task HandleAsync(UnitOfWork work, PermitChanged message, CancellationToken ct)
    {
        // The session first: an entry that reads the permit and this change of it take turns.
        var turn = await RoomTurn.BeginAsync(work, message.SessionId, TurnLock.Change, rooms);
        if (!await Permits.KeepAsync(work, message) || turn is null || turn.Session.Phase == Phases.Ended)
        {
            return;
        }

        var who = await work.FirstOrDefaultAsync<ParticipantRow>(
            $"select {ParticipantRow.Columns} from participants where session_id = @SessionId and account_id = @MemberId and role = 'member' and place is not null",
            new { message.SessionId, message.MemberId });
        if (who is not null)
        {
            await MemberStanding.CheckAsync(turn, who, times);
        }

        turn.CheckConnectionsAfterCommit();
    }
}
