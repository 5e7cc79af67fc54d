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

    public sealed record Waiting(Guid ParticipantId, string Alias, string Text);

    public sealed record Admitted(Guid ParticipantId, string Alias, IReadOnlyList<Actor> Participants, IReadOnlyDictionary<string, long> Cursors,
        RoomNow Settings);

    public sealed record Said(string Id, string Text, string To);

    public sealed record Message(long Seq);

    public sealed record Reaction(long Seq, string Emoji);

    public sealed record Speaker(Guid? ParticipantId);

    public sealed record NewRole(Guid ParticipantId, string Role);

    public sealed record Help(Guid ParticipantId, string? Text);

}

/// <summary>What holds in a room when a participant comes in: their log begins at their admission.</summary>
/// <param name="Turn">Who has the speaking turn; null for nobody.</param>
/// <param name="Hands">Whose hands are up.</param>
public sealed record RoomNow(bool Locked, int SlowSeconds, Guid? Turn, IReadOnlyList<Guid> Hands)
{
    internal static RoomNow Of(RoomState room) => new(
        room.Session.Locked, room.Session.SlowSeconds, room.Session.SpeakerId, [.. room.Participants.Values.Where(p => p is { Present: true,
            Hand: true }).Select(p => p.ParticipantId)]);
}
