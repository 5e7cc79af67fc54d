using System.Security.Cryptography;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Room.Domain;
using Microsoft.Extensions.Configuration;

namespace GroupTherapy.Room.Storage;

/// <summary>
/// Keys of sessions, wrapped by a master key that is in a file of this service alone and never in the database. A wrapped key names its master key.
/// </summary>
public sealed class RoomKeys(IConfiguration configuration)
{
    private const int KeyBytes = 32;
    private const int IdBytes = sizeof(uint);
    private const int RewrapAtOnce = 200;
    private readonly MasterKeys _masters = new(configuration["Secrets:Directory"] ?? throw new InvalidOperationException("Secrets:Directory is not set."));

    /// <summary>A new key for a session, wrapped.</summary>
    public byte[] NewWrapped(Guid session) => Wrap(_masters.Newest, session, RandomNumberGenerator.GetBytes(KeyBytes));

    public SessionKey? Unwrap(Guid session, byte[]? wrapped) => wrapped is null ? null : new SessionKey(session, Open(session, wrapped));

    /// <summary>
    /// Makes a new master key and wraps every session's key by it, while the nodes run. Afterwards the older files are needed for backups alone.
    /// </summary>
    /// <returns>How many keys were wrapped anew.</returns>
    public async Task<int> RotateAsync(Db db, CancellationToken ct)
    {
        var (master, count) = (_masters.Add(db.Clock.GetUtcNow()), 0);
        while (true)
        {
            await using var work = await db.BeginAsync(Caller.System("rotate-keys"), ct);
            var rows = await work.QueryAsync<Row>(
                """
                select session_id, wrapped_key from sessions where wrapped_key is not null and substring(wrapped_key for 4) <> @id
                order by session_id limit @RewrapAtOnce for no key update
                """, new { id = BitConverter.GetBytes(master.Id), RewrapAtOnce });
            if (rows.Count == 0)
            {
                return count;
            }

            // The version moves, so that no node saves the old wrapping again.
            work.WithCommit(
                """
                update sessions s set wrapped_key = g.wrapped_key, version = s.version + 1 from unnest($1, $2) as g (session_id, wrapped_key)
                where s.session_id = g.session_id
                """,
                rows.Select(r => r.SessionId).ToArray(), rows.Select(r => Wrap(master, r.SessionId, Open(r.SessionId, r.WrappedKey))).ToArray());
            work.Audit("room.keys-rotated", null, null, new { keys = rows.Count, master = (long)master.Id });
            await work.CommitAsync(ct);
            count += rows.Count;
        }
    }

    private static byte[] Wrap(MasterKey master, Guid session, byte[] key) =>
        [.. BitConverter.GetBytes(master.Id), .. SealedBox.Seal(master.Key, session.ToByteArray(), key)];

    private byte[] Open(Guid session, byte[] wrapped) => wrapped.Length > IdBytes
        ? SealedBox.Open(_masters.Find(BitConverter.ToUInt32(wrapped)).Key, session.ToByteArray(), wrapped[IdBytes..])
        : throw new CryptographicException("Too short to be a wrapped key.");

    private sealed record Row(Guid SessionId, byte[] WrappedKey);
}
