namespace GroupTherapy.Room.Storage;

/// <summary>An event as it is in the log: its texts are sealed.</summary>
/// <param name="Hidden">A message that staff have hidden: members get it without its text.</param>
/// <param name="Retracted">A message that its author took back: no reader gets its text.</param>
public sealed record StoredEvent(
    string Stream,
    long Seq,
    DateTimeOffset At,
    string Kind,
    Guid? ById,
    string? ByAlias,
    string? ByRole,
    string? Data,
    byte[]? Sealed,
    bool Hidden = false,
    bool Retracted = false
);

/// <summary>Where a stream ends.</summary>
public sealed record StreamHead(Guid SessionId, string Stream, long LastSeq);

/// <summary>The events that one commit appended to one room.</summary>
/// <param name="ChecksConnections">Every node is to look which connections have to end.</param>
/// <param name="ChecksMedia">A participant's media rights have changed.</param>
public sealed record RoomCommit(Guid SessionId, IReadOnlyList<StoredEvent> Events, bool ChecksConnections, bool ChecksMedia = false);

/// <summary>Learns what this process committed.</summary>
public interface ICommitListener
{
    void Committed(IReadOnlyList<RoomCommit> rooms);
}
