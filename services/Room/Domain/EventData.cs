namespace GroupTherapy.Room.Domain;

/// <summary>The data of events, by kind.</summary>
internal static class EventData
{
    public sealed record None;

    public sealed record Subject(Guid ParticipantId);

    public sealed record Presence(Guid ParticipantId, string Alias, string Role)
    {
        public static Presence Of(Participant p) => new(p.ParticipantId, p.Alias ?? "", p.Role);
    }

    public sealed record Named(Guid ParticipantId, string Alias);

    /// <param name="Unled">No facilitator has come past the start, and the practice was told.</param>
    public sealed record Waiting(Guid ParticipantId, string Alias, string Text, string Phase, bool Unled)
    {
        public static Waiting Of(RoomDraft room, Participant who) =>
            new(who.ParticipantId, who.Alias ?? "", WaitingText.Of(room, who), room.Session.Phase, Lifecycle.IsUnled(room));
    }

    public sealed record Admitted(
        Guid ParticipantId,
        string Alias,
        IReadOnlyList<Actor> Participants,
        IReadOnlyDictionary<string, long> Cursors,
        RoomNow Settings
    );

    public sealed record Said(string Id, string Text, string To);

    public sealed record Message(long Seq);

    /// <param name="Retracted">Its author took it back; for staff too.</param>
    public sealed record TakenBack(long Seq, bool Retracted);

    public sealed record Reaction(long Seq, string Emoji);

    public sealed record Speaker(Guid? ParticipantId);

    public sealed record NewRole(Guid ParticipantId, string Role);

    public sealed record Help(Guid ParticipantId, string? Text);
}

/// <summary>The settings of a room when a participant comes in: their log begins at their admission.</summary>
/// <param name="Turn">The participant who has the speaking turn; null for none.</param>
/// <param name="Hands">Participants whose hands are up, in the order in which they were raised.</param>
/// <param name="EndsAt">As planned or extended.</param>
public sealed record RoomNow(bool Locked, int SlowSeconds, Guid? Turn, IReadOnlyList<Guid> Hands, DateTimeOffset EndsAt, RoomNow.OfMe Me)
{
    /// <summary>The blocks that staff set for the participant who reads this.</summary>
    public sealed record OfMe(bool ChatMuted, bool AudioMuted, bool VideoMuted);

    /// <param name="isIn">A participant who waits is not told of the speaking turn and the hands.</param>
    internal static RoomNow Of(RoomState room, Participant me, bool isIn) =>
        new(
            room.Session.Locked,
            room.Session.SlowSeconds,
            isIn ? room.Session.SpeakerId : null,
            isIn ? [.. room.Participants.Values.Where(p => p is { Present: true, Hand: true }).OrderBy(p => p.HandSeq).Select(p => p.ParticipantId)] : [],
            room.Session.End,
            new OfMe(me.ChatMuted, me.AudioMuted, me.VideoMuted)
        );
}

/// <summary>A participant in the waiting room, as sent to staff.</summary>
public sealed record WaitingPerson(Guid ParticipantId, string Alias, DateTimeOffset Since);
