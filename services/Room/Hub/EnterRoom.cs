using System.Security.Cryptography;
using System.Text;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using GroupTherapy.Room.Delivery;
using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Media;
using GroupTherapy.Room.Storage;

namespace GroupTherapy.Room.Hub;

/// <summary>Handles <c>Enter</c>: spends a ticket, attaches the connection to its room, and hands over the missed events.</summary>
public sealed class EnterRoom(Db db, LiveRooms rooms, RoomExecutor executor, MediaCalls calls)
{
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

        var (term, hash, named) = (rooms.Lease.Term, SHA256.HashData(Encoding.UTF8.GetBytes(ticket)), connection.Named);
        if (
            named is { } session
            && rooms.Room(session) is not null
            && await EnterAsync(connection, session, hash, term, cursors, ct) is var entered
            && entered.Refusal != Refusal.TicketInvalid
        )
        {
            return entered;
        }

        // The address named no session that is served here, or another than the ticket opens.
        var opens = await RoomLog.SessionOfTicketAsync(db, hash, ct);
        return opens is { } other ? await EnterAsync(connection, other, hash, term, cursors, ct) : Refusal.TicketInvalid;
    }

    private async Task<Answer<EnterAnswer>> EnterAsync(
        RoomConnection connection,
        Guid session,
        byte[] hash,
        long term,
        IReadOnlyDictionary<string, long>? cursors,
        CancellationToken ct
    )
    {
        if (await rooms.OpenAsync(session, ct) is not { } room)
        {
            return Refusal.TicketInvalid;
        }

        var caller = connection.Caller;
        var answer = await executor.RunAsync(
            new Enter(session, connection.ConnectionId, rooms.NodeId, caller.AccountId, caller.SignInId, caller.SignInEndsAt, hash, cursors)
            {
                Who = caller.Who,
                Term = term,
            },
            ct
        );
        if (answer.Value is not { } entered)
        {
            return answer.Refusal!;
        }

        // The log only grows: the events before the entry can be read afterwards, outside the transaction.
        var events = await RoomLog.ReadPartsAsync(
            db,
            session,
            [.. entered.Starts.Where(s => entered.Given[s.Stream] > s.After).Select(s => (s.Stream, s.After, entered.Given[s.Stream]))],
            CancellationToken.None
        );
        // What the bytes left out follows in frames, like what the count left out.
        var given = entered.Starts.ToDictionary(
            s => s.Stream,
            s => events.LastOrDefault(e => e.Stream == s.Stream)?.Seq ?? Math.Min(s.After, entered.Given[s.Stream]),
            StringComparer.Ordinal
        );
        var me = entered.Me;
        var entry = new Entry(session, me.ParticipantId, me.IsStaff, term);
        while (!room.Attach(connection, entry, given, me.IsIn, entered.PrivateEnd, entered.RoomEnd))
        {
            room = await rooms.OpenAsync(session, ct) ?? throw new InvalidOperationException("A session does not vanish.");
        }

        calls.Entered(connection);
        return new EnterAnswer(
            me.ParticipantId,
            me.Role,
            me.Admission,
            entered.Phase,
            me.Alias ?? "",
            entered.Participants,
            [.. events.Select(e => room.Render(e).For(me.IsStaff))],
            given,
            [.. entered.Starts.Where(s => s.Reset).Select(s => s.Stream)],
            entered.Now,
            entered.Waiting,
            entered.WaitingText,
            new EnterAnswer.MediaNow(calls.IsOn, entered.Camera)
        );
    }
}
