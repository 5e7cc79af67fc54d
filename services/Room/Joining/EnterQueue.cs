using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Room.Access;
using GroupTherapy.Room.Live;
using GroupTherapy.Room.Log;

namespace GroupTherapy.Room.Joining;

/// <summary>Somebody at the door of a room that this node serves.</summary>
/// <param name="Ticket">The hash of what they hold.</param>
/// <param name="Term">This node's, from before they were asked in.</param>
/// <param name="Cursors">What their client says it has seen.</param>
public sealed record Entering(RoomConnection Connection, Guid Session, byte[] Ticket, long Term, IReadOnlyDictionary<string, long>? Cursors);

/// <summary>Somebody who is inside, or waits in the lobby, with the ends of their two streams as they were told them.</summary>
public sealed record Entered(ParticipantRow Me, EnterAnswer Answer, long PrivateHead, long RoomHead);

/// <summary>How it went for one of those at the door.</summary>
public sealed record Entrance(Entered? In, Refusal? Refusal);

/// <summary>
/// People at the doors of many rooms share a transaction: after a node died a thousand come back at once, and each would otherwise wait for ways of their own to the database.
/// Those of one person follow one another; a room that is held up holds up no other.
/// </summary>
public sealed class EnterQueue(EnterBatch batches) : GroupCommit<Entering, Entrance, Guid, (Guid Session, Guid Account)>(most: 60, asideAtOnce: 8)
{
    protected override Guid PlaceOf(Entering ask) => ask.Session;

    protected override (Guid Session, Guid Account) LineOf(Entering ask) => (ask.Session, ask.Connection.Caller.AccountId);

    protected override Task<IReadOnlyList<Entrance?>> WriteAsync(IReadOnlyList<Entering> asks, Patience patience) => batches.WriteAsync(asks);
}
