using System.Security.Cryptography;
using System.Text;
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

    /// <summary>
    /// Whose the tickets <c>@hashes</c> are, each asked for by the account and sign-in beside it and for the session beside it. One that does not count is left out; somebody else's too.
    /// </summary>
    public const string HoldersSql =
        $"""
         select n, exists (select 1 from revoked_sign_ins r where r.sign_in_id = held.sign_in_id) as revoked,
                exists (select 1 from session_staff s where s.session_id = p.session_id and s.account_id = p.account_id) as of_staff,
                {ParticipantRow.Columns}
         from (select g.n, g.sign_in_id, t.session_id, t.participant_id as holder
               from unnest(@hashes, @accounts, @signIns, @of) with ordinality as g (hash, account_id, sign_in_id, session_id, n)
               join tickets t on t.hash = g.hash and t.account_id = g.account_id and t.session_id = g.session_id and t.expires_at > @Now) held
         join participants p on p.session_id = held.session_id and p.participant_id = held.holder
         """;

    /// <param name="N">Which of those asked for, from 1.</param>
    /// <param name="Revoked">Their sign-in was taken back.</param>
    /// <param name="OfStaff">The session names them as its staff.</param>
    public sealed record Holder(long N, bool Revoked, bool OfStaff);
}
