using GroupTherapy.Room.Access;
using GroupTherapy.Room.Live;
using GroupTherapy.Room.Log;

namespace GroupTherapy.Room.Chat;

/// <summary>Raises and lowers hands. A hand goes to everybody, so it pauses where the chat does; <c>RequestHelp</c> passes everything.</summary>
public sealed class RaiseHand(RoomWork acts)
{
    // Hands: five at once, then one every two seconds.
    private const int Burst = 5;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    public Task<Answer<Done>> RaiseAsync(RoomConnection connection, CancellationToken ct) => acts.RunAsync(
        connection, RoomAct.RaiseHand, async access => MessageRules.RefuseSpeaking(access.Me.IsStaff, access.Me.ChatMuted, access.Turn.Session.Phase, Audience.Everyone) is { } refusal
            ? refusal
            : access.Me.Hand ? null
            : await Allowance.TakeAsync(access.Turn, access.Me, "hands_settle_at", Every, Burst) ? await SetAsync(access, access.Me, true)
            : Refusal.TooFast, ct);

    /// <param name="participant">Whose hand; one's own when null. Another's only staff may lower.</param>
    public Task<Answer<Done>> LowerAsync(RoomConnection connection, Guid? participant, CancellationToken ct) => acts.RunAsync(
        connection, RoomAct.LowerHand, async access =>
        {
            if (participant is not { } other || other == access.Me.ParticipantId)
            {
                return await SetAsync(access, access.Me, false);
            }

            return !access.Me.IsStaff ? Refusal.NotAllowed
                : await access.Turn.ParticipantAsync(other) is not { Admission: Admissions.In } subject ? Refusal.NotFound
                : await SetAsync(access, subject, false);
        }, ct);

    private static async Task<Refusal?> SetAsync(RoomAccess access, ParticipantRow subject, bool raised)
    {
        var changed = await access.Turn.Work.ExecuteAsync(
            "update participants set hand = @raised where session_id = @SessionId and participant_id = @ParticipantId and hand <> @raised",
            new { raised, access.Turn.SessionId, subject.ParticipantId });
        if (changed == 1)
        {
            await access.Turn.AppendAsync(Streams.Room, raised ? Kinds.HandRaised : Kinds.HandLowered, access.Me.Actor, new ParticipantEvents.Subject(subject.ParticipantId));
        }

        return null;
    }
}
