using System.Diagnostics;
using System.Text.Json;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Work;
using MassTransit;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace GroupTherapy.Platform.Messaging;

/// <summary>
/// Publishes the outbox: claims rows with SKIP LOCKED, awaits the broker's confirms, deletes, commits. A crash in between publishes again, never loses.
/// It follows no "last id": the order of ids is not the order of commits. A message that cannot be published comes again later and holds up no other.
/// </summary>
internal sealed class OutboxRelay(NpgsqlDataSource source, IBus bus, WorkSignal signal, WorkOptions options, TimeProvider clock, ILogger<OutboxRelay> log)
    : WorkLoop("outbox", signal, options, clock, log)
{
    private const int Batch = 200;
    private const double MaxDelaySeconds = 300;
    private static readonly TimeSpan WhenNothingLeaves = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PublishLimit = TimeSpan.FromSeconds(10);
    private static readonly ActivitySource Activities = new("GroupTherapy.Outbox");
    private readonly TimeProvider _clock = clock;

    public override async Task<DateTimeOffset?> RunAsync(CancellationToken ct)
    {
        while (await RelayAsync(ct) == Batch) { }

        await using var command = source.CreateCommand("select min(greatest(next_attempt_at, created_at)) from outbox");
        return await command.ExecuteScalarAsync(ct) is DateTime next ? new DateTimeOffset(next, TimeSpan.Zero) : null;
    }

    /// <returns>How many messages were published.</returns>
    internal async Task<int> RelayAsync(CancellationToken ct)
    {
        var now = _clock.GetUtcNow();
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var rows = await ClaimAsync(connection, transaction, now, ct);
        if (rows.Count == 0)
        {
            return 0;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(PublishLimit);
        var failures = await Task.WhenAll(rows.Select(row => FailureOfAsync(() => PublishAsync(row, limit.Token))));
        ct.ThrowIfCancellationRequested();

        var published = rows.Where((_, i) => failures[i] is null).Select(row => row.Id).ToArray();
        var failed = rows.Zip(failures).Where(r => r.Second is not null).ToList();
        if (failed.Count > 0)
        {
            log.LogWarning(
                "{Count} messages stay in the outbox, the first of them {Urn}: {Error}",
                failed.Count,
                failed[0].First.Urn,
                ErrorSummary.Of(failed[0].Second!)
            );
        }

        await using var batch = new NpgsqlBatch(connection, transaction);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("delete from outbox where id = any($1)") { Parameters = { new() { Value = published } } });
        batch.BatchCommands.Add(
            new NpgsqlBatchCommand(
                """
                update outbox o set attempts = attempts + 1, last_error = f.error, next_attempt_at = f.next
                from unnest($1, $2, $3) as f (id, error, next) where o.id = f.id
                """
            )
            {
                Parameters =
                {
                    new() { Value = failed.Select(f => f.First.Id).ToArray() },
                    new() { Value = failed.Select(f => ErrorSummary.Of(f.Second!)).ToArray() },
                    new() { Value = failed.Select(f => NextAttempt(f.First.Attempts, now, alone: published.Length > 0).UtcDateTime).ToArray() },
                },
            }
        );
        await batch.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
        return published.Length;
    }

    // When nothing could be published, the broker is away and no message is to blame.
    private static DateTimeOffset NextAttempt(int attempts, DateTimeOffset now, bool alone) =>
        now + (alone ? TimeSpan.FromSeconds(Math.Min(MaxDelaySeconds, Math.Pow(2, Math.Min(attempts, 20)))) : WhenNothingLeaves);

    private static async Task<List<OutboxRow>> ClaimAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, DateTimeOffset now, CancellationToken ct)
    {
        await using var claim = new NpgsqlCommand(
            """
            select id, message_id, urn, body::text, traceparent, attempts from outbox where next_attempt_at <= $1 order by id limit $2 for update skip locked
            """,
            connection,
            transaction
        );
        claim.Parameters.AddWithValue(now.UtcDateTime);
        claim.Parameters.AddWithValue(Batch);
        var rows = new List<OutboxRow>();
        await using var reader = await claim.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            rows.Add(
                new OutboxRow(
                    reader.GetInt64(0),
                    reader.GetGuid(1),
                    reader.GetString(2),
                    reader.GetString(3),
                    await reader.IsDBNullAsync(4, ct) ? null : reader.GetString(4),
                    reader.GetInt32(5)
                )
            );
        }

        return rows;
    }

    private static async Task<Exception?> FailureOfAsync(Func<Task> publish)
    {
        try
        {
            await publish();
            return null;
        }
        catch (Exception e)
        {
            return e;
        }
    }

    private async Task PublishAsync(OutboxRow row, CancellationToken ct)
    {
        using var activity = Activities.StartActivity("relay", ActivityKind.Producer, row.Trace);
        var type = MessageTypes.TypeOf(row.Urn);
        var message = JsonSerializer.Deserialize(row.Body, type, MessageTypes.Json)!;
        // A confirm that never comes must not hold the claimed rows: a message without a confirm is published again.
        await bus.Publish(message, type, context => context.MessageId = row.MessageId, ct).WaitAsync(ct);
    }

    private sealed record OutboxRow(long Id, Guid MessageId, string Urn, string Body, string? Trace, int Attempts);
}
