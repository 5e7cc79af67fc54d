using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Room.Joining;
using GroupTherapy.Room.Live;
using GroupTherapy.Room.Log;

namespace GroupTherapy.Room.Planning;

/// <summary>What the law and the practice answer for one member and one session. Whoever is in the room already is held against the new answer at once.</summary>
public sealed class KeepPermitWhenPermitChanged(Db db, LiveRooms rooms) : TransactionalConsumer<PermitChanged>(db)
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
        if (who is null)
        {
            return;
        }

        var permit = await Permits.InForceAsync(work, message.SessionId, message.MemberId);
        var answer = permit is null ? null : JoinRules.Decide(permit, who.Place, null, null, work.Now, TimeSpan.Zero, TimeSpan.Zero);
        var lost = answer is not { LetsIn: true };
        await work.ExecuteAsync(
            "update participants set permit_lost = @lost, permit_until = @Until where session_id = @SessionId and participant_id = @ParticipantId",
            new { lost, answer?.Until, message.SessionId, who.ParticipantId });
        if (lost && !who.PermitLost && who is { Admission: Admissions.In or Admissions.Waiting })
        {
            var reasons = answer?.Reasons.Select(r => r.Code).ToArray() ?? [];
            await turn.AppendAsync(Streams.Staff, Kinds.EligibilityHeld, null, new { participantId = who.ParticipantId, reasons });
            await work.AuditAsync("eligibility.lost", who.AccountId, message.SessionId, new { permit = message.PermitId, message.Version, reasons });
        }

        turn.CheckConnectionsAfterCommit();
    }
}
