using System.Diagnostics;
using System.Text.Json;
using GroupTherapy.Platform.Json;
using GroupTherapy.Platform.Security;
using Npgsql;

namespace GroupTherapy.Platform.Data;

/// <summary>An audit entry that is not written yet.</summary>
/// <param name="Who">As <see cref="Security.Caller.Who"/>: in a batch each entry has a person of its own.</param>
public sealed record AuditDraft(string Act, string Who, Guid? Subject, Guid? Reference, object Data)
{
    /// <summary>Null: the database derives it from the subject.</summary>
    public string? Practice { get; init; }

    /// <summary>The address that the request came from, as the gateway tells it.</summary>
    public string? Source { get; init; }

    public string? Trace { get; init; } = Activity.Current?.TraceId.ToHexString();
}

/// <summary>Statements of one unit of work that are sent together, in one round trip, in the order they were added.</summary>
public sealed class Statements(UnitOfWork work)
{
    /// <summary>In place of a number of rows: the statement may touch any.</summary>
    public const int NotCounted = -1;

    private readonly List<(NpgsqlBatchCommand Command, int Rows)> _statements = [];

    /// <param name="sql">With parameters <c>$1</c>, <c>$2</c>, …</param>
    /// <param name="rows">How many rows it must touch, or <see cref="NotCounted"/>. Another number undoes the whole transaction.</param>
    /// <param name="values">Typed arrays, one element for each row; instants in UTC.</param>
    public void Add(string sql, int rows, params object?[] values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
        }

        _statements.Add((command, rows));
    }

    /// <summary>Records many acts at once; each entry is that of <see cref="UnitOfWork.Audit(string, Guid?, Guid?, object?)"/>.</summary>
    public void Audit(IReadOnlyList<AuditDraft> entries)
    {
        if (entries.Count > 0)
        {
            work.WakeAfterCommit("audit");
            // Nothing is returned: a caller that causes an entry need not be allowed to read it.
            var ids = Ids(entries.Count);
            Add(
                """
                insert into audit_entries (id, at, act, who, subject, ref, data, practice, source, trace)
                select id, $2, act, who, subject, ref, data, practice, source, trace
                from unnest($1, $3, $4, $5, $6, $7, $8, $9, $10) as e (id, act, who, subject, ref, data, practice, source, trace)
                """,
                entries.Count, ids, work.Now, entries.Column(e => e.Act), entries.Column(e => e.Who), entries.Column(e => e.Subject),
                entries.Column(e => e.Reference), entries.Column(e => CanonicalJson.Of(e.Data)), entries.Column(e => e.Practice!),
                entries.Column(e => e.Source!), entries.Column(e => e.Trace!));
            Add("insert into audit_pending (entry_id) select unnest($1)", entries.Count, ids);
        }
    }

    /// <summary>Puts many messages into the outbox, each with the trace of the request that it comes from.</summary>
    public void Publish(IReadOnlyList<(object Message, string? Trace)> messages)
    {
        if (messages.Count > 0)
        {
            work.WakeAfterCommit("outbox");
            Add(
                "insert into outbox (message_id, urn, body, traceparent, created_at) select id, urn, body::json, trace, $5 from unnest($1, $2, $3, $4) as m "
                    + "(id, urn, body, trace)",
                messages.Count, Ids(messages.Count), messages.Column(m => MessageTypes.UrnOf(m.Message.GetType())),
                messages.Column(m => JsonSerializer.Serialize(m.Message, m.Message.GetType(), MessageTypes.Json)), messages.Column(m => m.Trace!),
                work.Now);
        }
    }

    /// <summary>Writes rows of scheduled work; one without a due time is removed.</summary>
    public void Schedule(IReadOnlyDictionary<(string Kind, string Key), (DateTimeOffset? DueAt, string? Data)> schedule)
    {
        var removed = schedule.Where(s => s.Value.DueAt is null).ToList();
        var kept = schedule.Where(s => s.Value.DueAt is not null).ToList();
        if (removed.Count > 0)
        {
            Add(
                "delete from due_work w using unnest($1, $2) as r (kind, key) where w.kind = r.kind and w.key = r.key", NotCounted,
                removed.Column(s => s.Key.Kind), removed.Column(s => s.Key.Key));
        }

        if (kept.Count > 0)
        {
            foreach (var (key, value) in kept)
            {
                work.WakeAfterCommit(key.Kind, value.DueAt);
            }

            Add(
                """
                insert into due_work as w (kind, key, due_at, next_attempt_at, data)
                select kind, key, due_at, due_at, data from unnest($1, $2, $3, $4) as s (kind, key, due_at, data)
                on conflict (kind, key) do update set due_at = excluded.due_at, next_attempt_at = excluded.next_attempt_at, data = excluded.data,
                    attempts = 0, last_error = null, version = nextval('due_work_version')
                """,
                kept.Count, kept.Column(s => s.Key.Kind), kept.Column(s => s.Key.Key), kept.Column(s => s.Value.DueAt!.Value.UtcDateTime),
                kept.Column(s => s.Value.Data!));
        }
    }

    /// <exception cref="ConcurrentChangeException">A statement touched another number of rows than required.</exception>
    public async Task ExecuteAsync()
    {
        if (_statements.Count == 0)
        {
            return;
        }

        await using var batch = new NpgsqlBatch(work.Connection, work.Transaction);
        foreach (var (statement, _) in _statements)
        {
            batch.BatchCommands.Add(statement);
        }

        await batch.ExecuteNonQueryAsync();
        if (_statements.Find(e => e.Rows != NotCounted && (int)e.Command.RecordsAffected != e.Rows) is { Command: { } command } crossed)
        {
            throw new ConcurrentChangeException($"{command.RecordsAffected} rows instead of {crossed.Rows}: {command.CommandText}");
        }

        _statements.Clear();
    }

    /// <summary>The statements and the COMMIT behind them, which is not carried out when one of them fails. Rows are not counted any more.</summary>
    internal async Task CommitAsync()
    {
        await using var batch = new NpgsqlBatch(work.Connection, work.Transaction);
        foreach (var (statement, _) in _statements)
        {
            batch.BatchCommands.Add(statement);
        }

        batch.BatchCommands.Add(new NpgsqlBatchCommand("commit"));
        await batch.ExecuteNonQueryAsync(CancellationToken.None);
    }

    private Guid[] Ids(int count) => [.. Enumerable.Range(0, count).Select(_ => work.NewId())];
}

/// <summary>A concurrent change made a statement touch another number of rows than it must. Nothing was changed; the request may be tried again.</summary>
public sealed class ConcurrentChangeException(string message) : Exception(message);

public static class Columns
{
    /// <summary>One column of rows that are written with <c>unnest</c>.</summary>
    public static TValue[] Column<T, TValue>(this IReadOnlyList<T> rows, Func<T, TValue> value)
    {
        var values = new TValue[rows.Count];
        for (var n = 0; n < values.Length; n++)
        {
            values[n] = value(rows[n]);
        }

        return values;
    }
}
