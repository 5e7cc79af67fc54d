using System.Diagnostics;
using System.Text.Json;
using Dapper;
using GroupTherapy.Platform.Audit;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Platform.Security;
using Npgsql;

namespace GroupTherapy.Platform.Data;

/// <summary>
/// One transaction for one use case: rows, audit entries and outgoing messages become true together or not at all.
/// Disposed without <see cref="CommitAsync"/>, nothing has happened.
/// </summary>
public sealed class UnitOfWork : IAsyncDisposable
{
    private readonly OutboxSignal _signal;
    private readonly List<Func<Task>> _afterCommit = [];
    private readonly Statements _last;
    private readonly List<AuditDraft> _entries = [];
    private readonly List<(object Message, string? Trace)> _messages = [];
    private bool _hasMessages;
    private bool _isCommitted;

    private UnitOfWork(NpgsqlConnection connection, NpgsqlTransaction transaction, Caller caller, DateTimeOffset now, OutboxSignal signal)
    {
        Connection = connection;
        Transaction = transaction;
        Caller = caller;
        Now = now;
        _signal = signal;
        _last = new Statements(this);
    }

    public NpgsqlConnection Connection { get; }

    public NpgsqlTransaction Transaction { get; }

    public Caller Caller { get; }

    /// <summary>The one instant of this use case: rules, rows and events all carry it. Whole microseconds.</summary>
    public DateTimeOffset Now { get; }

    internal static async Task<UnitOfWork> BeginAsync(NpgsqlDataSource source, Caller caller, DateTimeOffset now, OutboxSignal signal, CancellationToken ct)
    {
        var connection = await source.OpenConnectionAsync(ct);
        try
        {
            return new UnitOfWork(connection, await connection.BeginTransactionAsync(ct), caller, now, signal);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>A new time-ordered id (UUIDv7) from this unit's instant.</summary>
    public Guid NewId() => Guid.CreateVersion7(Now);

    public Task<int> ExecuteAsync(string sql, object? args = null) => Connection.ExecuteAsync(sql, args, Transaction);

    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? args = null) =>
        (await Connection.QueryAsync<T>(sql, args, Transaction)).AsList();

    /// <summary>Several statements on one way to the database and back; each sees what is committed when it begins.</summary>
    public Task<SqlMapper.GridReader> QueryTogetherAsync(string sql, object? args = null) => Connection.QueryMultipleAsync(sql, args, Transaction);

    public Task<T?> FirstOrDefaultAsync<T>(string sql, object? args = null) =>
        Connection.QueryFirstOrDefaultAsync<T>(sql, args, Transaction);

    /// <summary>
    /// Records that <paramref name="act"/> happened. <paramref name="data"/> holds ids, codes and numbers only: the audit record outlives the people in it.
    /// </summary>
    /// <param name="act">Dotted, stable: <c>seat.reserved</c>.</param>
    /// <param name="subject">The person it happened to.</param>
    /// <param name="reference">The thing it happened on.</param>
    /// <remarks>Entries and messages are written with the COMMIT, on one way to the database: nothing inside the unit reads them.</remarks>
    public Task AuditAsync(string act, Guid? subject = null, Guid? reference = null, object? data = null)
    {
        _entries.Add(new AuditDraft(act, Caller.Who, subject, reference, data ?? new { }));
        return Task.CompletedTask;
    }

    /// <summary>As <see cref="AuditAsync"/>, for units that act for several people.</summary>
    public void Audit(AuditDraft entry) => _entries.Add(entry);

    /// <summary>Puts a message into the outbox; a relay publishes it after the commit, at least once.</summary>
    public Task PublishAsync(object message)
    {
        _messages.Add((message, Activity.Current?.Id));
        return Task.CompletedTask;
    }

    /// <summary>A statement that goes with the COMMIT; nothing inside the unit reads what it writes.</summary>
    /// <param name="sql">With parameters <c>$1</c>, <c>$2</c>, …</param>
    /// <param name="rows">How many rows it is to touch; counted by <see cref="QueryAndCommitAsync"/>, not by <see cref="CommitAsync"/>, where the COMMIT travels with it.</param>
    /// <param name="values">Instants in UTC.</param>
    public void WithCommit(string sql, int rows, params object?[] values) => _last.Add(sql, rows, values);

    /// <summary>The relay is woken after the commit.</summary>
    internal void WillPublish() => _hasMessages = true;

    /// <summary>True once per message and consumer. A repeat must change nothing.</summary>
    public async Task<bool> FirstDeliveryAsync(Guid messageId, string consumer) =>
        await ExecuteAsync(
            "insert into inbox (message_id, consumer, received_at) values (@messageId, @consumer, @Now) on conflict do nothing",
            new { messageId, consumer, Now }) == 1;

    /// <summary>Runs after a successful commit; only hints belong here, since a crash skips it.</summary>
    public void AfterCommit(Func<Task> hint) => _afterCommit.Add(hint);

    /// <summary>The unit's last statements and its COMMIT on one way to the database and back. <see cref="CommitAsync"/> then only gives the hints.</summary>
    /// <param name="read">Reads every answer; what it returns is durable by then.</param>
    public async Task<T> QueryAndCommitAsync<T>(string sql, object? args, Func<SqlMapper.GridReader, Task<T>> read)
    {
        await LastStatements().ExecuteAsync();
        try
        {
            // A statement that fails keeps the COMMIT behind it from being carried out.
            await using var answers = await QueryTogetherAsync($"{sql}; commit", args);
            var result = await read(answers);
            _isCommitted = true;
            return result;
        }
        catch (Exception e) when (e is not PostgresException && Outage.IsDatabaseAway(e))
        {
            throw new CommitUnansweredException(e);
        }
    }

    public async Task CommitAsync(CancellationToken ct = default)
    {
        // A cancelled COMMIT has an unknown outcome: once asked for, it is waited for.
        ct.ThrowIfCancellationRequested();
        if (!_isCommitted)
        {
            try
            {
                await LastStatements().CommitAsync();
            }
            catch (Exception e) when (e is not PostgresException && Outage.IsDatabaseAway(e))
            {
                throw new CommitUnansweredException(e);
            }
        }

        if (_hasMessages)
        {
            _signal.Wake();
        }

        foreach (var hint in _afterCommit)
        {
            await hint();
        }
    }

    private Statements LastStatements()
    {
        _last.Audit(_entries);
        _last.Publish(_messages);
        _entries.Clear();
        _messages.Clear();
        return _last;
    }

    public async ValueTask DisposeAsync()
    {
        await Transaction.DisposeAsync();
        await Connection.DisposeAsync();
    }
}

/// <summary>The connection was lost between COMMIT and its answer: what was asked for may have happened or not.</summary>
internal sealed class CommitUnansweredException(Exception cause) : NpgsqlException("COMMIT was not answered.", cause);
