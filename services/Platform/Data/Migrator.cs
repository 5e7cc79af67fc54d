using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Npgsql;

namespace GroupTherapy.Platform.Data;

/// <summary>
/// Applies embedded <c>NNNN_what.sql</c> files in order, forward only, each in one transaction, under one advisory lock.
/// A file edited after it was applied is refused: a database must never depend on which day it was made.
/// </summary>
public static partial class Migrator
{
    private const long LockKey = 0x67745f6d6967;

    /// <param name="ownerConnection">Connection string of the role that owns the schema.</param>
    /// <param name="appRole">The restricted role that runs the service; <c>${app}</c> in the files.</param>
    /// <param name="service">The assembly whose migrations follow the platform's own.</param>
    /// <returns>Names of the migrations applied now.</returns>
    public static async Task<IReadOnlyList<string>> MigrateAsync(
        string ownerConnection,
        string appRole,
        Assembly service,
        TimeProvider clock,
        CancellationToken ct = default
    )
    {
        ArgumentException.ThrowIfNullOrEmpty(appRole);
        await using var source = NpgsqlDataSource.Create(ownerConnection);
        await using var connection = await source.OpenConnectionAsync(ct);
        await RunAsync(connection, null, $"select pg_advisory_lock({LockKey})", ct);
        await RunAsync(
            connection,
            null,
            $"""
            create table if not exists schema_migrations (name text primary key, checksum text not null, applied_at timestamptz not null);
            grant usage on schema public to "{appRole}";
            alter default privileges in schema public grant select, insert, update, delete on tables to "{appRole}";
            alter default privileges in schema public grant usage on sequences to "{appRole}";
            """,
            ct
        );

        var known = new Dictionary<string, string>();
        await using (var read = new NpgsqlCommand("select name, checksum from schema_migrations", connection))
        await using (var reader = await read.ExecuteReaderAsync(ct))
        {
            while (await reader.ReadAsync(ct))
            {
                known[reader.GetString(0)] = reader.GetString(1);
            }
        }

        var applied = new List<string>();
        foreach (var (name, sql) in Files(typeof(Migrator).Assembly, "platform").Concat(Files(service, "service")))
        {
            var checksum = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sql)));
            if (known.TryGetValue(name, out var before))
            {
                if (before != checksum)
                {
                    throw new InvalidOperationException($"Migration {name} was edited after it was applied. Restore it and add a new one.");
                }

                continue;
            }

            await using var transaction = await connection.BeginTransactionAsync(ct);
            await RunAsync(connection, transaction, sql.Replace("${app}", $"\"{appRole}\"", StringComparison.Ordinal), ct);
            await using var record = new NpgsqlCommand("insert into schema_migrations values ($1, $2, $3)", connection, transaction);
            record.Parameters.AddWithValue(name);
            record.Parameters.AddWithValue(checksum);
            record.Parameters.AddWithValue(clock.GetUtcNow().UtcDateTime);
            await record.ExecuteNonQueryAsync(ct);
            await transaction.CommitAsync(ct);
            applied.Add(name);
        }

        return applied;
    }

    private static IEnumerable<(string Name, string Sql)> Files(Assembly assembly, string layer)
    {
        var files = assembly
            .GetManifestResourceNames()
            .Select(resource => (resource, match: FileName().Match(resource)))
            .Where(x => x.match.Success)
            .Select(x => (Name: $"{layer}/{x.match.Value}", Sql: Read(assembly, x.resource)))
            .OrderBy(x => x.Name, StringComparer.Ordinal)
            .ToList();
        var twice = files.GroupBy(f => f.Name[..(layer.Length + 5)]).FirstOrDefault(g => g.Count() > 1);
        return twice is null ? files : throw new InvalidOperationException($"Two migrations share the number {twice.Key}.");
    }

    private static string Read(Assembly assembly, string resource)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        return reader.ReadToEnd();
    }

    private static async Task RunAsync(NpgsqlConnection connection, NpgsqlTransaction? transaction, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection, transaction) { CommandTimeout = 300 };
        await command.ExecuteNonQueryAsync(ct);
    }

    [GeneratedRegex(@"\d{4}_[A-Za-z0-9_]+\.sql$")]
    private static partial Regex FileName();
}
