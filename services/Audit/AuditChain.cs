using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Json;
using Npgsql;
using NpgsqlTypes;

namespace GroupTherapy.Audit;

/// <summary>An entry of the audit record with its place in the chain. <c>hash = SHA-256(prev bytes ‖ canonical JSON without hash)</c>.</summary>
/// <param name="Practice">Null: of no practice alone.</param>
/// <param name="Source">The address that caused it, as coarse as the gateway's setting says.</param>
public sealed record AuditEntry(
    long Seq,
    DateTimeOffset At,
    string Act,
    string Who,
    Guid? Subject,
    Guid? Ref,
    string Data,
    string? Practice,
    string? Source,
    string? Trace,
    string Prev,
    string Hash
)
{
    internal const string Columns = "e.at, e.act, e.who, e.subject, e.ref, e.data, e.practice, e.source, e.trace";

    /// <summary>The canonical form that is hashed and exported (without <c>hash</c>). Fields without a value are left out.</summary>
    public JsonObject Canonical()
    {
        var entry = new JsonObject
        {
            ["seq"] = Seq,
            ["ts"] = InstantConverter.Text(At),
            ["act"] = Act,
            ["who"] = Who,
            ["subject"] = Subject?.ToString(),
            ["ref"] = Ref?.ToString(),
            ["data"] = JsonNode.Parse(Data),
            ["prev"] = Prev,
        };
        foreach (var (name, value) in new[] { ("practice", Practice), ("source", Source), ("trace", Trace) })
        {
            if (value is not null)
            {
                entry[name] = value;
            }
        }

        return entry;
    }

    public string ComputeHash() =>
        Convert.ToHexStringLower(SHA256.HashData([.. Convert.FromHexString(Prev), .. Encoding.UTF8.GetBytes(CanonicalJson.Of(Canonical()))]));

    /// <summary>From the columns that begin with <see cref="Columns"/> at <paramref name="first"/>.</summary>
    internal static AuditEntry Read(NpgsqlDataReader reader, int first, long seq, string prev, string hash)
    {
        string? Text(int n) => reader.IsDBNull(first + n) ? null : reader.GetString(first + n);
        Guid? Id(int n) => reader.IsDBNull(first + n) ? null : reader.GetGuid(first + n);
        return new AuditEntry(
            seq,
            reader.GetFieldValue<DateTimeOffset>(first),
            Text(1)!,
            Text(2)!,
            Id(3),
            Id(4),
            Text(5)!,
            Text(6),
            Text(7),
            Text(8),
            prev,
            hash
        );
    }
}

/// <summary>The answer of <c>audit/verify</c>.</summary>
/// <param name="FirstBroken">The first sequence number at which the chain no longer holds; one past its end when an anchor tells that the end was cut off; 0
/// when an entry was hidden from the linker.</param>
public sealed record ChainVerdict(long Entries, bool Intact, long? FirstBroken);

/// <summary>The hash chain over a service's audit entries. Linked after the fact by one linker, so that writers never queue on it.</summary>
public sealed class AuditChain(Db db, TimeProvider clock)
{
    public const string Genesis = "0000000000000000000000000000000000000000000000000000000000000000";
    private const long LockKey = 0x67745f61756474;
    private static readonly TimeSpan LinkedWithin = TimeSpan.FromMinutes(1);

    /// <summary>Chains what has no link yet. Only one process at a time does it (advisory lock); another finds nothing to do.</summary>
    /// <returns>How many entries were linked.</returns>
    public async Task<int> LinkAsync(CancellationToken ct)
    {
        await using var connection = await db.Source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var locking = new NpgsqlCommand($"select pg_try_advisory_xact_lock({LockKey})", connection, transaction))
        {
            if (await locking.ExecuteScalarAsync(ct) is not true)
            {
                return 0;
            }
        }

        var (seq, prev) = await HeadAsync(connection, transaction, ct) ?? (0, Genesis);
        var pending = new List<(Guid Id, AuditEntry Entry)>();
        await using (
            var read = new NpgsqlCommand(
                $"select e.id, {AuditEntry.Columns} from audit_pending p join audit_entries e on e.id = p.entry_id order by e.id limit 1000",
                connection,
                transaction
            )
        )
        await using (var reader = await read.ExecuteReaderAsync(ct))
        {
            while (await reader.ReadAsync(ct))
            {
                pending.Add((reader.GetGuid(0), AuditEntry.Read(reader, 1, 0, "", "")));
            }
        }

        if (pending.Count == 0)
        {
            return 0;
        }

        var links = new List<(long Seq, Guid Id, string Prev, string Hash)>(pending.Count);
        foreach (var (id, entry) in pending)
        {
            var hash = (entry with { Seq = ++seq, Prev = prev }).ComputeHash();
            links.Add((seq, id, prev, hash));
            prev = hash;
        }

        await using var write = new NpgsqlCommand(
            """
            with linked as (
                insert into audit_links (seq, entry_id, prev, hash) select * from unnest($1, $2, $3, $4) returning entry_id)
            delete from audit_pending p using linked l where p.entry_id = l.entry_id
            """,
            connection,
            transaction
        );
        write.Parameters.AddWithValue(links.Select(l => l.Seq).ToArray());
        write.Parameters.AddWithValue(links.Select(l => l.Id).ToArray());
        write.Parameters.AddWithValue(links.Select(l => l.Prev).ToArray());
        write.Parameters.AddWithValue(links.Select(l => l.Hash).ToArray());
        await write.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
        return pending.Count;
    }

    /// <summary>The last link, or null for an empty chain.</summary>
    public async Task<(long Seq, string Hash)?> HeadAsync(CancellationToken ct)
    {
        await using var connection = await db.Source.OpenConnectionAsync(ct);
        return await HeadAsync(connection, null, ct);
    }

    private static async Task<(long Seq, string Hash)?> HeadAsync(NpgsqlConnection connection, NpgsqlTransaction? transaction, CancellationToken ct)
    {
        await using var head = new NpgsqlCommand("select seq, hash from audit_links order by seq desc limit 1", connection, transaction);
        await using var reader = await head.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? (reader.GetInt64(0), reader.GetString(1)) : null;
    }

    /// <summary>Entries in the order of the chain, from <paramref name="fromSeq"/> on.</summary>
    /// <param name="practices">Only those of these practices; null for all.</param>
    public async IAsyncEnumerable<AuditEntry> ReadAsync(
        long fromSeq,
        string[]? practices,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct
    )
    {
        await using var command = db.Source.CreateCommand(
            $"""
            select l.seq, l.prev, l.hash, {AuditEntry.Columns}
            from audit_links l join audit_entries e on e.id = l.entry_id
            where l.seq >= $1 and ($2::text[] is null or e.practice = any($2)) order by l.seq
            """
        );
        command.Parameters.AddWithValue(fromSeq);
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)practices ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            yield return AuditEntry.Read(reader, 3, reader.GetInt64(0), reader.GetString(1), reader.GetString(2));
        }
    }

    /// <summary>Recomputes every link and holds the result against the anchors kept outside the database.</summary>
    public async Task<ChainVerdict> VerifyAsync(IReadOnlyDictionary<long, string> anchors, CancellationToken ct)
    {
        var (prev, want, seen) = (Genesis, 1L, 0);
        await foreach (var entry in ReadAsync(0, null, ct))
        {
            if (
                entry.Seq != want
                || entry.Prev != prev
                || entry.ComputeHash() != entry.Hash
                || (anchors.TryGetValue(entry.Seq, out var anchored) && anchored != entry.Hash)
            )
            {
                return new ChainVerdict(entry.Seq, false, Math.Min(want, entry.Seq));
            }

            seen += anchors.ContainsKey(entry.Seq) ? 1 : 0;
            (prev, want) = (entry.Hash, want + 1);
        }

        // An entry that is neither linked nor waiting was hidden from the linker; an anchor beyond the end means that the end was cut off.
        var hidden = await db.FirstOrDefaultAsync<bool>(
            """
            select exists (select 1 from audit_entries e where e.at < @before
                and not exists (select 1 from audit_links l where l.entry_id = e.id) and not exists (select 1 from audit_pending p where p.entry_id = e.id))
            """,
            new { before = clock.GetUtcNow() - LinkedWithin },
            ct
        );
        return new ChainVerdict(
            want - 1,
            !hidden && seen == anchors.Count,
            hidden ? 0
                : seen == anchors.Count ? null
                : want
        );
    }
}
