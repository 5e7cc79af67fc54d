using GroupTherapy.Contracts.Room.V1;

namespace GroupTherapy.Room.Domain;

/// <summary>Lets members in from the waiting room and sends them back there.</summary>
internal static class Admission
{
    public static Refusal? Admit(RoomDraft room, Participant me, Guid participant)
    {
        if (!PhaseRules.Admits(room.Session.Phase))
        {
            return Refusal.NotOpen;
        }

        switch (room.Find(participant))
        {
            case { Admission: Admissions.In }:
                return null;
            case { Admission: Admissions.Waiting, Present: true } waiting:
                LetIn(room, me, waiting);
                return null;
            default:
                return Refusal.NotFound;
        }
    }

    public static Refusal? AdmitAll(RoomDraft room, Participant me)
    {
        if (!PhaseRules.Admits(room.Session.Phase))
        {
            return Refusal.NotOpen;
        }

        foreach (var waiting in room.Participants.Where(p => p is { Admission: Admissions.Waiting, Present: true }).ToList())
        {
            LetIn(room, me, waiting);
        }

        return null;
    }

    /// <summary>From here on the member hears nothing of the room until admitted again; then from that admission on.</summary>
    public static Refusal? SendToWaiting(RoomDraft room, Participant me, Guid participant)
    {
        var subject = room.Find(participant);
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

        room.Set(subject with { Admission = Admissions.Waiting, WaitingSince = subject.Present ? room.Now : null });
        if (subject.Present)
        {
            room.Append(Streams.Private(participant), Kinds.Waiting, me.Actor, EventData.Waiting.Of(room, subject));
            Presence.LogLeft(room, subject);
        }

        room.Audit("participant.sent-to-waiting", subject.AccountId);
        return null;
    }

    private static void LetIn(RoomDraft room, Participant by, Participant waiting)
    {
        List<Actor> roster = [.. room.Participants.Where(p => p is { Present: true, IsIn: true }).Select(p => p.Actor), waiting.Actor];
        var end = room.State.EndOf(Streams.Room);
        var admitted = room.Append(
            Streams.Private(waiting.ParticipantId), Kinds.Admitted, by.Actor,
            new EventData.Admitted(waiting.ParticipantId, waiting.Alias ?? "", roster, new Dictionary<string, long> { [Streams.Room] = end },
                RoomNow.Of(room.State, waiting, isIn: true)));
        var admittedNow = waiting with
        {
            Admission = Admissions.In,
            AdmittedSeq = end,
            WaitingSince = null,
            PrivateSeq = waiting.PrivateSeq == 0 ? admitted.Seq - 1 : waiting.PrivateSeq
        };
        room.Set(admittedNow);
        Presence.LogJoined(room, admittedNow);
        room.Audit("participant.admitted", waiting.AccountId);
    }
}
