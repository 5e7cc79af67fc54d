using GroupTherapy.Room.Access;
using GroupTherapy.Room.Joining;
using GroupTherapy.Room.Live;
using GroupTherapy.Room.Log;
using GroupTherapy.Room.Phasing;

namespace GroupTherapy.Room.Moderation;

/// <summary>Lets people in from the waiting room, and sends them back there.</summary>
public sealed class AdmitParticipant(RoomWork acts)
{
    public Task<Answer<Done>> AdmitAsync(RoomConnection connection, Guid participant, CancellationToken ct) => acts.RunAsync(
        connection, RoomAct.Admit, async access =>
        {
            if (!PhaseRules.Admits(access.Turn.Session.Phase))
            {
                return Refusal.NotOpen;
            }

            switch (await access.Turn.ParticipantAsync(participant))
            {
                case { Admission: Admissions.In }:
                    return null;
                case { Admission: Admissions.Waiting, Present: true } waiting:
                    await AdmitAsync(access, waiting);
                    return null;
                default:
                    return Refusal.NotFound;
            }
        }, ct);

    public Task<Answer<Done>> AdmitAllAsync(RoomConnection connection, CancellationToken ct) => acts.RunAsync(
        connection, RoomAct.AdmitAll, async access =>
        {
            if (!PhaseRules.Admits(access.Turn.Session.Phase))
            {
                return Refusal.NotOpen;
            }

            foreach (var waiting in (await access.Turn.ParticipantsAsync()).Where(p => p is { Admission: Admissions.Waiting, Present: true }))
            {
                await AdmitAsync(access, waiting);
            }

            return null;
        }, ct);

    /// <summary>From here on they hear nothing of the room until they are admitted again; then from that admission on.</summary>
    public Task<Answer<Done>> SendToWaitingAsync(RoomConnection connection, Guid participant, CancellationToken ct) => acts.RunAsync(
        connection, RoomAct.SendToWaiting, async access =>
        {
            var (turn, subject) = (access.Turn, await access.Turn.ParticipantAsync(participant));
            if (subject is null or { Admission: Admissions.None or Admissions.Removed })
            {
                return Refusal.NotFound;
            }

            if (subject.IsFacilitator)
            {
                return Refusal.NotAllowed;
            }

            if (subject.Admission == Admissions.Waiting)
            {
                return null;
            }

            await turn.Work.ExecuteAsync(
                "update participants set admission = 'waiting', hand = false where session_id = @SessionId and participant_id = @participant", new { turn.SessionId, participant });
            await turn.AppendAsync(Streams.Private(participant), Kinds.Waiting, access.Me.Actor, new ParticipantEvents.Waiting(
                participant, subject.Alias ?? "", WaitingText.Of(turn.Session.Phase, turn.Session.LateArrivals, sentBack: true)));
            if (subject.Present)
            {
                await Presence.LogLeftAsync(turn, subject);
            }

            await turn.Work.AuditAsync("participant.sent-to-waiting", subject.AccountId, turn.SessionId);
            return null;
        }, ct);

    // The private stream first, then the room: the order in which all turns lock streams.
    private static async Task AdmitAsync(RoomAccess access, ParticipantRow waiting)
    {
        var turn = access.Turn;
        var roster = await turn.RosterAsync();
        var head = await turn.HeadAsync(Streams.Room);
        var admitted = await turn.AppendAsync(
            Streams.Private(waiting.ParticipantId), Kinds.Admitted, access.Me.Actor,
            new ParticipantEvents.Admitted(waiting.ParticipantId, waiting.Alias ?? "", [.. roster, waiting.Actor], new Dictionary<string, long> { [Streams.Room] = head }, await RoomNow.OfAsync(turn)));
        await turn.Work.ExecuteAsync(
            """
            update participants set admission = 'in', admitted_seq = @head, private_seq = case when private_seq = 0 then @before else private_seq end
            where session_id = @SessionId and participant_id = @ParticipantId
            """, new { head, before = admitted.Seq - 1, turn.SessionId, waiting.ParticipantId });
        await Presence.LogJoinedAsync(turn, waiting);
        await turn.Work.AuditAsync("participant.admitted", waiting.AccountId, turn.SessionId);
    }
}
