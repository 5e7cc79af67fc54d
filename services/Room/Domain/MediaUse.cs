namespace GroupTherapy.Room.Domain;

/// <summary>A participant asks something of the media server. Decided on the room's state at that moment; nothing of it is saved.</summary>
/// <param name="Asks">Which hub method.</param>
/// <param name="Feeds">The participants whom they want to receive.</param>
public sealed record UseMedia(Sender Sender, RoomAct Asks, IReadOnlyCollection<Guid> Feeds) : SentCommand<MediaGrant>(Sender)
{
    public override RoomAct Act => Asks;
}

/// <summary>The kinds of media that the participant may send now, and the size of the room.</summary>
public sealed record MediaGrant(MediaRights Rights, MediaPlan Plan);

/// <summary>Reads what the media server must do for a room.</summary>
public sealed record ReadMediaPlan(Guid SessionId) : RoomCommand<MediaPlan>(SessionId);

internal static class MediaUses
{
    public static Refusal? Use(RoomDraft room, Participant me, UseMedia use, out Func<object> result)
    {
        var plan = MediaRules.Plan(room.State, room.Now);
        var rights = plan.Of(me.ParticipantId);
        result = () => new MediaGrant(rights, plan);
        return !plan.IsOpen ? Refusal.NotOpen
            : !rights.Connects ? Refusal.NotAllowed
            : use.Feeds.Any(f => f == me.ParticipantId || !plan.Rights.ContainsKey(f)) ? Refusal.NotFound
            : null;
    }
}
