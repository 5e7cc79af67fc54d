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
    /// Makes a new master key and wraps every session's key by it, and those of reasons, while the nodes run. Afterwards the older files are needed for
    /// backups alone.
    /// </summary>
    /// <returns>How many keys were wrapped anew.</returns>
    public async Task<int> RotateAsync(Db db, CancellationToken ct)
    {
        var master = _masters.Add(db.Clock.GetUtcNow());
        // The version of a session moves, so that no node saves the old wrapping again.
        return await RewrapAsync(db, master, "sessions", "session_id", ", version = s.version + 1", ct)
            + await RewrapAsync(db, master, "break_glass_openings", "opening_id", "", ct);
    }

    private async Task<int> RewrapAsync(Db db, MasterKey master, string table, string id, string also, CancellationToken ct)
    {
        var count = 0;
        while (true)
        {
            await using var work = await db.BeginAsync(Caller.System("rotate-keys"), ct);
            var rows = await work.QueryAsync<Row>(
                $"""
                select {id} as key_of, wrapped_key from {table} where wrapped_key is not null and substring(wrapped_key for 4) <> @id
                order by {id} limit @RewrapAtOnce for no key update
                """,
                new { id = BitConverter.GetBytes(master.Id), RewrapAtOnce }
            );
            if (rows.Count == 0)
            {
                return count;
            }

            work.WithCommit(
                $"""
                update {table} s set wrapped_key = g.wrapped_key{also} from unnest($1, $2) as g (key_of, wrapped_key)
                where s.{id} = g.key_of
                """,
                rows.Select(r => r.KeyOf).ToArray(),
                rows.Select(r => Wrap(master, r.KeyOf, Open(r.KeyOf, r.WrappedKey))).ToArray()
            );
            work.Audit("room.keys-rotated", null, null, new { keys = rows.Count, master = (long)master.Id });
            await work.CommitAsync(ct);
            count += rows.Count;
        }
    }

    private static byte[] Wrap(MasterKey master, Guid session, byte[] key) =>
        [.. BitConverter.GetBytes(master.Id), .. SealedBox.Seal(master.Key, session.ToByteArray(), key)];

    private byte[] Open(Guid session, byte[] wrapped) =>
        wrapped.Length > IdBytes
            ? SealedBox.Open(_masters.Find(BitConverter.ToUInt32(wrapped)).Key, session.ToByteArray(), wrapped[IdBytes..])
            : throw new CryptographicException("Too short to be a wrapped key.");

    private sealed record Row(Guid KeyOf, byte[] WrappedKey);
}
