using System.Diagnostics;
using System.Text.Json;
using GroupTherapy.Platform.Audit;
using GroupTherapy.Platform.Messaging;
using Npgsql;

namespace GroupTherapy.Platform.Data;

/// <summary>One entry of the audit record, for whoever writes many at once.</summary>
/// <param name="Who">As <see cref="Security.Caller.Who"/>: in a batch each entry has a person of its own.</param>
public sealed record AuditDraft(string Act, string Who, Guid? Subject, Guid? Reference, object Data);

/// <summary>Writing statements of one unit of work that travel together: one way to the database and back for all of them, in the order they were added.</summary>
public sealed class Statements(UnitOfWork work)
{
    private readonly List<(NpgsqlBatchCommand Command, int Rows)> _statements = [];

    /// <param name="sql">With parameters <c>$1</c>, <c>$2</c>, …</param>
    /// <param name="rows">How many rows it must touch; below zero for a statement that touches none. Otherwise something else happened at the same time, and the whole is undone.</param>
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

    /// <summary>Records many acts at once; each entry is that of <see cref="UnitOfWork.AuditAsync"/>.</summary>
    public void Audit(IReadOnlyList<AuditDraft> entries)
    {
        if (entries.Count > 0)
        {
            Add(
                """
                with entry as (
                    insert into audit_entries (id, at, act, who, subject, ref, data)
                    select id, $2, act, who, subject, ref, data from unnest($1, $3, $4, $5, $6, $7) as e (id, act, who, subject, ref, data) returning id)
                insert into audit_pending (entry_id) select id from entry
                """,
                entries.Count, Ids(entries.Count), work.Now, Of(entries, e => e.Act), Of(entries, e => e.Who), Of(entries, e => e.Subject), Of(entries, e => e.Reference),
                Of(entries, e => CanonicalJson.Of(e.Data)));
        }
    }

    /// <summary>Puts many messages into the outbox, each with the trace of the request that it comes from.</summary>
    public void Publish(IReadOnlyList<(object Message, string? Trace)> messages)
    {
        if (messages.Count > 0)
        {
            work.WillPublish();
            Add(
                "insert into outbox (message_id, urn, body, traceparent, created_at) select id, urn, body::json, trace, $5 from unnest($1, $2, $3, $4) as m (id, urn, body, trace)",
                messages.Count, Ids(messages.Count), Of(messages, m => MessageTypes.UrnOf(m.Message.GetType())),
                Of(messages, m => JsonSerializer.Serialize(m.Message, m.Message.GetType(), MessageTypes.Json)), Of(messages, m => m.Trace!), work.Now);
        }
    }

    /// <exception cref="CrossedException">A statement touched other rows than it was to.</exception>
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
        if (_statements.Find(e => e.Rows >= 0 && (int)e.Command.RecordsAffected != e.Rows) is { Command: { } command } crossed)
        {
            throw new CrossedException($"{command.RecordsAffected} rows instead of {crossed.Rows}: {command.CommandText}");
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

    private static TValue[] Of<T, TValue>(IReadOnlyList<T> rows, Func<T, TValue> value)
    {
        var values = new TValue[rows.Count];
        for (var n = 0; n < values.Length; n++)
        {
            values[n] = value(rows[n]);
        }

        return values;
    }
}

/// <summary>Somebody else did something at the same time that a statement counted on not happening. Nothing was changed; the same may be tried again.</summary>
public sealed class CrossedException(string message) : Exception(message);
