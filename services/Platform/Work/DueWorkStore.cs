using GroupTherapy.Platform.Data;
using Npgsql;

namespace GroupTherapy.Platform.Work;

/// <summary>A row that failed and comes again.</summary>
public sealed record FailingWork(string Kind, string Key, DateTimeOffset DueAt, DateTimeOffset NextAttemptAt, int Attempts, string? LastError);

/// <summary>Rows that are due and not done, by kind; <c>outbox</c> is a kind of its own.</summary>
/// <param name="OldestSeconds">Age of the oldest, counted from its due instant.</param>
public sealed record WorkBacklog(string Kind, long Due, double OldestSeconds, long Failing);

/// <summary>The table <c>due_work</c>.</summary>
public sealed class DueWorkStore(Db db)
{
    private const double MaxDelaySeconds = 300;

    public DateTimeOffset Now => db.Clock.GetUtcNow();

    /// <summary>Takes rows that are due. A claim is a committed update: a process that dies leaves rows that come again when the claim is over.</summary>
    public async Task<IReadOnlyList<DueRow>> ClaimAsync(string kind, int most, TimeSpan claimFor, CancellationToken ct)
    {
        var now = db.Clock.GetUtcNow();
        await using var command = Command(
            """
            with due as (select kind, key from due_work where kind = $1 and next_attempt_at <= $2 order by next_attempt_at limit $3 for update skip locked)
            update due_work w set attempts = w.attempts + 1, next_attempt_at = $4 from due where w.kind = due.kind and w.key = due.key
            returning w.kind, w.key, w.due_at, w.attempts, w.version, w.data
            """, kind, now.UtcDateTime, most, (now + claimFor).UtcDateTime);
        var rows = new List<DueRow>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            rows.Add(new DueRow(
                reader.GetString(0), reader.GetString(1), reader.GetFieldValue<DateTimeOffset>(2), reader.GetInt32(3), reader.GetInt64(4), reader.IsDBNull(5)
                    ? null : reader.GetString(5)));
        }

        rows.Sort((a, b) => a.DueAt.CompareTo(b.DueAt));
        return rows;
    }

    public async Task<DateTimeOffset?> NextAsync(string kind, CancellationToken ct)
    {
        await using var command = Command("select min(next_attempt_at) from due_work where kind = $1", kind);
        return await command.ExecuteScalarAsync(ct) is DateTime next ? new DateTimeOffset(next, TimeSpan.Zero) : null;
    }

    /// <summary>Removes rows that were handled and not scheduled anew.</summary>
    public async Task CompleteAsync(IReadOnlyList<DueRow> rows, CancellationToken ct)
    {
        await using var command = Command(
            "delete from due_work w using unnest($1, $2, $3) as r (kind, key, version) where w.kind = r.kind and w.key = r.key and w.version = r.version",
            rows.Select(r => r.Kind).ToArray(), rows.Select(r => r.Key).ToArray(), rows.Select(r => r.Version).ToArray());
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Sets repeating work to its next instant.</summary>
    public async Task RepeatAsync(DueRow row, DateTimeOffset next, CancellationToken ct)
    {
        await using var command = Command(
            "update due_work set due_at = $3, next_attempt_at = $3, attempts = 0, last_error = null where kind = $1 and key = $2 and version = $4", row.Kind,
            row.Key, next.UtcDateTime, row.Version);
        await command.ExecuteNonQueryAsync(ct);
    }

    public async Task EnsureAsync(string kind, CancellationToken ct)
    {
        await using var command = Command(
            "insert into due_work (kind, key, due_at, next_attempt_at) values ($1, '', $2, $2) on conflict do nothing", kind, db.Clock.GetUtcNow().UtcDateTime);
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Sets a failed row back, from one second to five minutes, with jitter so that rows that failed together do not come together.</summary>
    public async Task FailAsync(DueRow row, string error, CancellationToken ct)
    {
        var seconds = Math.Min(MaxDelaySeconds, Math.Pow(2, Math.Min(row.Attempts - 1, 20))) * (0.8 + Random.Shared.NextDouble() * 0.4);
        await using var command = Command(
            "update due_work set last_error = $3, next_attempt_at = $4 where kind = $1 and key = $2 and version = $5",
            row.Kind, row.Key, error, (db.Clock.GetUtcNow() + TimeSpan.FromSeconds(seconds)).UtcDateTime, row.Version);
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Work that failed at least once, for operators.</summary>
    public Task<IReadOnlyList<FailingWork>> FailingAsync(int limit, CancellationToken ct) => FailingAsync(limit, null, ct);

    /// <param name="practices">Only rows whose key names something of these; null for all.</param>
    public Task<IReadOnlyList<FailingWork>> FailingAsync(int limit, string[]? practices, CancellationToken ct) => db.QueryAsync<FailingWork>(
        $"""
        select kind, key, due_at, next_attempt_at, attempts, last_error from due_work where last_error is not null and {IsOfPractices}
        union all
        select 'outbox', message_id::text, created_at, next_attempt_at, attempts, last_error from outbox
            where last_error is not null and @practices::text[] is null
        order by 3 limit @limit
        """, new { limit, practices }, ct);

    private const string IsOfPractices =
        "(@practices::text[] is null or practice_of(substring(key from '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}')::uuid) = any(@practices))";

    /// <summary>Makes a failing row due now.</summary>
    /// <returns>False when there is no such row.</returns>
    public static async Task<bool> RetryAsync(UnitOfWork work, string kind, string key, string[]? practices)
    {
        work.WakeAfterCommit(kind);
        return await work.ExecuteAsync(
            kind == "outbox"
                ? "update outbox set next_attempt_at = @Now where message_id::text = @key and @practices::text[] is null"
                : $"update due_work set next_attempt_at = @Now where kind = @kind and key = @key and {IsOfPractices}",
            new { kind, key, practices, work.Now }) == 1;
    }

    public Task<IReadOnlyList<WorkBacklog>> BacklogAsync(CancellationToken ct) => db.QueryAsync<WorkBacklog>(
        """
        select kind, count(*) as due, coalesce(extract(epoch from @now - min(due_at)), 0)::float8 as oldest_seconds, count(last_error) as failing
        from due_work where due_at <= @now group by kind
        union all
        select 'outbox', count(*), coalesce(extract(epoch from @now - min(created_at)), 0)::float8, count(last_error) from outbox
        """, new { now = db.Clock.GetUtcNow() }, ct);

    private NpgsqlCommand Command(string sql, params object[] values)
    {
        var command = db.Source.CreateCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return command;
    }
}
