using System.Diagnostics;
using System.Text.Json;
using GroupTherapy.Platform.Data;
using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace GroupTherapy.Platform.Messaging;

/// <summary>Wakes the relay of this process as soon as something was committed; other processes' rows are found by its poll.</summary>
public sealed class OutboxSignal : IDisposable
{
    private readonly SemaphoreSlim _wake = new(0, 1);

    public void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // Already awake: one wake is enough for everything committed so far.
        }
    }

    internal Task<bool> WaitAsync(TimeSpan atMost, CancellationToken ct) => _wake.WaitAsync(atMost, ct);

    public void Dispose() => _wake.Dispose();
}

/// <summary>
/// Publishes the outbox: claims rows with SKIP LOCKED, awaits the broker's confirms, deletes, commits. A crash in between sends again, never loses.
/// It follows no "last id": the order of ids is not the order of commits.
/// </summary>
internal sealed class OutboxRelay(NpgsqlDataSource source, IBus bus, OutboxSignal signal, ILogger<OutboxRelay> log) : BackgroundService
{
    private const int Batch = 200;
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PublishLimit = TimeSpan.FromSeconds(10);
    private static readonly ActivitySource Activities = new("GroupTherapy.Outbox");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var sent = 0;
            try
            {
                sent = await RelayAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Broker or database away: the rows stay, and the next round finds them.
                log.LogWarning("The outbox waits: {Kind}", e.GetType().Name);
            }

            if (sent < Batch)
            {
                await signal.WaitAsync(Poll, stoppingToken);
            }
        }
    }

    /// <returns>How many messages were sent.</returns>
    internal async Task<int> RelayAsync(CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var rows = new List<(long Id, Guid MessageId, string Urn, string Body, string? Trace)>();
        await using (var claim = new NpgsqlCommand(
            "select id, message_id, urn, body::text, traceparent from outbox order by id limit $1 for update skip locked", connection, transaction))
        {
            claim.Parameters.AddWithValue(Batch);
            await using var reader = await claim.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
            {
                rows.Add((reader.GetInt64(0), reader.GetGuid(1), reader.GetString(2), reader.GetString(3), await reader.IsDBNullAsync(4, ct) ? null : reader.GetString(4)));
            }
        }

        if (rows.Count == 0)
        {
            return 0;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(PublishLimit);
        var failures = await Task.WhenAll(rows.Select(row => FailureOfAsync(() => PublishAsync(row.MessageId, row.Urn, row.Body, row.Trace, limit.Token))));
        ct.ThrowIfCancellationRequested();

        // What could not be sent waits alone: one message must not hold up the others, nor have them sent again and again.
        var sent = rows.Where((_, i) => failures[i] is null).Select(row => row.Id).ToArray();
        if (Array.FindIndex(failures, f => f is not null) is var first and >= 0)
        {
            log.LogWarning("{Count} messages wait in the outbox, the first of them {Urn}: {Kind}", rows.Count - sent.Length, rows[first].Urn, failures[first]!.GetType().Name);
        }

        await using var done = new NpgsqlCommand("delete from outbox where id = any($1)", connection, transaction);
        done.Parameters.AddWithValue(sent);
        await done.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
        return sent.Length;
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

    private async Task PublishAsync(Guid messageId, string urn, string body, string? trace, CancellationToken ct)
    {
        using var activity = Activities.StartActivity("relay", ActivityKind.Producer, trace);
        var type = MessageTypes.TypeOf(urn);
        var message = JsonSerializer.Deserialize(body, type, MessageTypes.Json)!;
        // A confirm that never comes must not hold the claimed rows: who is not answered in time is sent again.
        await bus.Publish(message, type, context => context.MessageId = messageId, ct).WaitAsync(ct);
    }
}
