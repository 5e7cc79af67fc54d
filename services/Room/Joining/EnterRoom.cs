using System.Text.Json.Serialization;
using GroupTherapy.Platform.Data;
using GroupTherapy.Room.Access;
using GroupTherapy.Room.Live;
using GroupTherapy.Room.Log;

namespace GroupTherapy.Room.Joining;

/// <summary>What somebody who enters is told: who they are here, who else is, and what they have missed.</summary>
/// <param name="Cursors">Each stream up to where it has been given; events go on from there.</param>
/// <param name="Reset">Streams whose cursor lay beyond the log's end.</param>
/// <param name="Settings">What holds in the room; left out for who waits.</param>
/// <param name="Waiting">Words for who waits; left out for who is in.</param>
public sealed record EnterAnswer(
    Guid ParticipantId, string Role, string State, string Phase, IReadOnlyList<Actor> Participants,
    IReadOnlyList<WireEvent> Events, IReadOnlyDictionary<string, long> Cursors, IReadOnlyList<string> Reset,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] RoomNow? Settings,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] EnterAnswer.Words? Waiting) : ToldWhenWritten
{
    public sealed record Words(string Text);
}

/// <summary>The way in: spends a ticket, makes a connection part of a room, and hands over what was missed. Everything it answers is one view of the log.</summary>
public sealed class EnterRoom(Db db, LiveRooms rooms, EnterQueue queue)
{
    /// <summary>Connections of one person in one room; one more closes the oldest.</summary>
    public const int ConnectionsPerPerson = 4;

    public async Task<Answer<EnterAnswer>> RunAsync(RoomConnection connection, string ticket, IReadOnlyDictionary<string, long?>? told, CancellationToken ct)
    {
        if (connection.Entry is not null)
        {
            return Refusal.BadRequest("This connection is in a room already.");
        }

        // A stream without a number is a stream that was never seen.
        var cursors = told?.Where(c => c.Value is not null).ToDictionary(c => c.Key, c => c.Value!.Value, StringComparer.Ordinal);
        if (cursors is not null && cursors.Values.Any(c => c < 0))
        {
            return Refusal.BadRequest("A cursor is the number of the last event seen.");
        }

        if (rooms.IsDraining)
        {
            return Refusal.TryAgain;
        }

        var (term, hash, named) = (rooms.Lease.Term, Tickets.Hash(ticket), connection.Named);
        if (named is { } session && rooms.Room(session) is not null && await EnterAsync(new Entering(connection, session, hash, term, cursors), ct) is var entered && entered.Refusal != Refusal.TicketInvalid)
        {
            return entered;
        }

        // The address named none that is served here, or another than the ticket opens.
        var opens = await db.FirstOrDefaultAsync<Guid?>("select session_id from tickets where hash = @hash", new { hash }, ct);
        return opens is { } other ? await EnterAsync(new Entering(connection, other, hash, term, cursors), ct) : Refusal.TicketInvalid;
    }

    private async Task<Answer<EnterAnswer>> EnterAsync(Entering entering, CancellationToken ct)
    {
        if (await rooms.OpenAsync(entering.Session, ct) is not { } room)
        {
            return Refusal.TicketInvalid;
        }

        var entrance = await queue.AskAsync(entering, ct);
        if (entrance.In is not var (me, answer, privateHead, roomHead))
        {
            return entrance.Refusal!;
        }

        var entry = new Entry(entering.Session, me.ParticipantId, me.IsStaff, entering.Term);
        while (!room.Attach(entering.Connection, entry, answer.Cursors, me.IsIn, privateHead, roomHead))
        {
            room = await rooms.OpenAsync(entering.Session, ct) ?? throw new InvalidOperationException("A session does not vanish.");
        }

        return answer;
    }
}
