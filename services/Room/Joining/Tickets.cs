using System.Security.Cryptography;
using System.Text;
using GroupTherapy.Platform.Data;
using GroupTherapy.Room.Log;
using Microsoft.IdentityModel.Tokens;

namespace GroupTherapy.Room.Joining;

/// <summary>Single-use tickets from the answer of <c>join</c> to the first <c>Enter</c>. The database knows their hash alone.</summary>
internal static class Tickets
{
    public static byte[] Hash(string ticket) => SHA256.HashData(Encoding.UTF8.GetBytes(ticket));

    public static async Task<(string Ticket, DateTimeOffset ExpiresAt)> MintAsync(RoomTurn turn, ParticipantRow who, TimeSpan lifetime)
    {
        var ticket = Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(32));
        var expiresAt = turn.Work.Now + lifetime;
        await turn.Work.ExecuteAsync(
            """
            delete from tickets where expires_at < @Now and session_id = @SessionId;
            insert into tickets (hash, session_id, participant_id, account_id, expires_at) values (@hash, @SessionId, @ParticipantId, @AccountId, @expiresAt);
            """, new { turn.Work.Now, hash = Hash(ticket), turn.SessionId, who.ParticipantId, who.AccountId, expiresAt });
        return (ticket, expiresAt);
    }

    /// <summary>Spends a ticket of the caller's own. Somebody else's is neither valid nor spent by the attempt.</summary>
    /// <returns>Whose it is; null when it does not count.</returns>
    public static Task<Guid?> SpendAsync(UnitOfWork work, byte[] hash) => work.FirstOrDefaultAsync<Guid?>(
        "delete from tickets where hash = @hash and account_id = @AccountId and expires_at > @Now returning participant_id", new { hash, work.Caller.AccountId, work.Now });
}
