using System.Diagnostics;
using System.Text.Json;
using Dapper;
using GroupTherapy.Platform.Security;
using Npgsql;

namespace GroupTherapy.Platform.Data;

/// <summary>
/// One transaction for one use case: rows, audit entries and outgoing messages become true together or not at all.
/// Disposed without <see cref="CommitAsync"/>, nothing has happened.
/// </summary>
public sealed class UnitOfWork : IAsyncDisposable
{
    private readonly WorkSignal _signal;
    private readonly List<Func<Task>> _afterCommit = [];
    private readonly Statements _last;
    private readonly List<AuditDraft> _entries = [];
    private readonly List<(object Message, string? Trace)> _messages = [];
    private readonly SortedDictionary<(string Kind, string Key), (DateTimeOffset? DueAt, string? Data)> _schedule = [];
    private readonly HashSet<(string Loop, DateTimeOffset? DueAt)> _wakes = [];

    private UnitOfWork(NpgsqlConnection connection, NpgsqlTransaction transaction, Caller caller, DateTimeOffset now, WorkSignal signal)
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

    internal static async Task<UnitOfWork> BeginAsync(NpgsqlDataSource source, Caller caller, DateTimeOffset now, WorkSignal signal, CancellationToken ct)
    {
        var connection = await source.OpenConnectionAsync(ct);
        try
        {
            var work = new UnitOfWork(connection, await connection.BeginTransactionAsync(ct), caller, now, signal);
            if (caller.AccountId != Guid.Empty)
            {
                // What row-level security lets through until the end of this transaction; without it: the service's own work (decision 0032).
                await work.ExecuteAsync(
                    "select set_config('gt.account', @account, true), set_config('gt.practices', @practices, true)",
                    new { account = caller.AccountId.ToString(), practices = string.Join(' ', caller.Practices) }
                );
            }

            return work;
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

    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? args = null) => (await Connection.QueryAsync<T>(sql, args, Transaction)).AsList();

    /// <summary>Several statements in one round trip; each sees what is committed when it begins.</summary>
    public Task<SqlMapper.GridReader> QueryTogetherAsync(string sql, object? args = null) => Connection.QueryMultipleAsync(sql, args, Transaction);

    public Task<T?> FirstOrDefaultAsync<T>(string sql, object? args = null) => Connection.QueryFirstOrDefaultAsync<T>(sql, args, Transaction);

    /// <summary>
    /// Records that <paramref name="act"/> happened. <paramref name="data"/> holds ids, codes and numbers only: the audit log outlives the people in it.
    /// </summary>
    /// <param name="act">Dotted, stable: <c>thing.changed</c>.</param>
    /// <param name="subject">The person it happened to.</param>
    /// <param name="reference">The thing it happened on.</param>
    /// <remarks>Entries, messages and scheduled work are written with the COMMIT, in one round trip: nothing inside the unit reads them.</remarks>
    public void Audit(string act, Guid? subject = null, Guid? reference = null, object? data = null) =>
        _entries.Add(new AuditDraft(act, Caller.Who, subject, reference, data ?? new { }) { Source = Caller.Source });

    /// <summary>As <see cref="Audit(string, Guid?, Guid?, object?)"/>, for units that act for several people.</summary>
    public void Audit(AuditDraft entry) => _entries.Add(entry);

    /// <summary>Puts a message into the outbox; a relay publishes it after the commit, at least once.</summary>
    public void Publish(object message) => _messages.Add((message, Activity.Current?.Id));

    /// <summary>A statement that goes with the COMMIT; nothing inside the unit reads what it writes, and its rows are not counted.</summary>
    /// <param name="sql">With parameters <c>$1</c>, <c>$2</c>, …</param>
    /// <param name="values">Instants in UTC.</param>
    public void WithCommit(string sql, params object?[] values) => _last.Add(sql, Statements.NotCounted, values);

    /// <summary>Schedules work for later, in place of the row of the same kind and key; attempts and errors start anew.</summary>
    /// <param name="kind">Names the handler: <c>thing.expire</c>.</param>
    /// <param name="key">The subject of the work, unique within its kind.</param>
    /// <param name="data">Ids and codes that the handler needs beside the key.</param>
    public void Schedule(string kind, string key, DateTimeOffset dueAt, string? data = null) => _schedule[(kind, key)] = (dueAt, data);

    public void Unschedule(string kind, string key) => _schedule[(kind, key)] = (null, null);

    /// <summary>The loop is woken after the commit.</summary>
    /// <param name="dueAt">Null for now.</param>
    public void WakeAfterCommit(string loop, DateTimeOffset? dueAt = null) => _wakes.Add((loop, dueAt));

    /// <summary>True once per message and consumer. A repeat must change nothing.</summary>
    public async Task<bool> FirstDeliveryAsync(Guid messageId, string consumer) =>
        await ExecuteAsync(
            "insert into inbox (message_id, consumer, received_at) values (@messageId, @consumer, @Now) on conflict do nothing",
            new
            {
                messageId,
                consumer,
                Now,
            }
        ) == 1;

    /// <summary>Runs after a successful commit; only hints belong here, since a crash skips it.</summary>
    public void AfterCommit(Func<Task> hint) => _afterCommit.Add(hint);

    public async Task CommitAsync(CancellationToken ct = default)
    {
        // A cancelled COMMIT has an unknown outcome: once asked for, it is waited for.
        ct.ThrowIfCancellationRequested();
        try
        {
            await LastStatements().CommitAsync();
        }
        catch (Exception e) when (e is not PostgresException && Outage.IsDatabaseAway(e))
        {
            throw new CommitUnansweredException(e);
        }

        foreach (var (loop, dueAt) in _wakes)
        {
            _signal.Wake(loop, dueAt);
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
        _last.Schedule(_schedule);
        _entries.Clear();
        _messages.Clear();
        _schedule.Clear();
        return _last;
    }

    public async ValueTask DisposeAsync()
    {
        await Transaction.DisposeAsync();
        await Connection.DisposeAsync();
    }
}

/// <summary>The connection was lost between COMMIT and its answer: the transaction may have committed or not.</summary>
public sealed class CommitUnansweredException(Exception cause) : NpgsqlException("COMMIT was not answered.", cause);
