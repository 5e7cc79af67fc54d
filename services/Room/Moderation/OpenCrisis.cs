using GroupTherapy.Contracts.Room.V1;
using GroupTherapy.Room.Access;
using GroupTherapy.Room.Chat;
using GroupTherapy.Room.Eligibility;
using GroupTherapy.Room.Live;
using GroupTherapy.Room.Log;

namespace GroupTherapy.Room.Moderation;

/// <summary>
/// Opens and closes a member's crisis: the licensing fact <c>crisis</c>. While it is open nobody takes the member out of the room for licensing; when it closes,
/// the usual rule applies at once.
/// </summary>
public sealed class OpenCrisis(RoomWork acts, RoomTimes times)
{
    /// <param name="note">For the record, sealed; null for none.</param>
    public async Task<Answer<Done>> RunAsync(RoomConnection connection, Guid participant, bool open, string? note, CancellationToken ct)
    {
        if (note is not null && MessageRules.RefuseText(note) is { } refusal)
        {
            return refusal;
        }

        return await acts.RunAsync(connection, RoomAct.Crisis, async access =>
        {
            var (turn, subject) = (access.Turn, await access.Turn.ParticipantAsync(participant));
            if (subject is null or { Alias: null } or { Admission: Admissions.Removed })
            {
                return Refusal.NotFound;
            }

            if (subject.IsFacilitator)
            {
                return Refusal.NotAllowed;
            }

            var act = open ? "crisis.opened" : "crisis.closed";
            if (subject.Crisis != open)
            {
                // On record before what follows from it.
                await turn.Work.AuditAsync(act, subject.AccountId, turn.SessionId);
                await SetAsync(access, subject with { Crisis = open, CrisisVersion = subject.CrisisVersion + 1 });
            }

            if (note is not null)
            {
                await RoomWork.NoteAsync(access, "crisis.noted", subject, note);
            }

            return null;
        }, ct);
    }

    private async Task SetAsync(RoomAccess access, ParticipantRow now)
    {
        var turn = access.Turn;
        await turn.Work.ExecuteAsync(
            "update participants set crisis = @Crisis, crisis_version = @CrisisVersion where session_id = @SessionId and participant_id = @ParticipantId",
            new { now.Crisis, now.CrisisVersion, turn.SessionId, now.ParticipantId });
        await turn.AppendAsync(Streams.Staff, Kinds.CrisisChanged, access.Me.Actor, new { participantId = now.ParticipantId, open = now.Crisis });
        await turn.Work.PublishAsync(new CrisisChanged(
            turn.SessionId, turn.Session.GroupId, now.ParticipantId, now.AccountId, now.Crisis, now.CrisisVersion, turn.Work.Now));
        if (now.Place is not null)
        {
            await MemberStanding.CheckAsync(turn, now, times);
        }
    }
}
