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

    public static (string Ticket, DateTimeOffset ExpiresAt) Mint(RoomTurn turn, ParticipantRow who, TimeSpan lifetime)
    {
        var ticket = Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(32));
        var expiresAt = turn.Work.Now + lifetime;
        turn.Work.WithCommit("delete from tickets where expires_at < $1 and session_id = $2", -1, turn.Work.Now, turn.SessionId);
        turn.Work.WithCommit(
            "insert into tickets (hash, session_id, participant_id, account_id, expires_at) values ($1, $2, $3, $4, $5)", 1,
            Hash(ticket), turn.SessionId, who.ParticipantId, who.AccountId, expiresAt);
        return (ticket, expiresAt);
    }

    /// <summary>Spends the ticket <c>@hash</c> of the caller's own and answers whose it is; nothing when it does not count. Somebody else's is neither valid nor spent by the attempt.</summary>
    public const string SpendSql =
        $"""
         with spent as (delete from tickets where hash = @hash and account_id = @AccountId and expires_at > @Now returning session_id, participant_id)
         select exists (select 1 from revoked_sign_ins where sign_in_id = @SignInId) as revoked,
                exists (select 1 from session_staff s where s.session_id = p.session_id and s.account_id = p.account_id) as of_staff,
                {ParticipantRow.Columns}
         from spent join participants p using (session_id, participant_id)
         """;

    /// <param name="Revoked">Their sign-in was taken back.</param>
    /// <param name="OfStaff">The session names them as its staff.</param>
    public sealed record Holder(bool Revoked, bool OfStaff);
}
