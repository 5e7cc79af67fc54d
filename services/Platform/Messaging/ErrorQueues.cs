using MassTransit;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace GroupTherapy.Platform.Messaging;

/// <summary>Messages that a consumer could not handle, in its error queue.</summary>
public sealed record ErrorQueue(string Queue, uint Messages);

/// <summary>Counts the messages in this service's error queues and puts them back in front of their consumers.</summary>
public sealed class ErrorQueues(IBusControl bus, BusConnection connection)
{
    private const string Suffix = "_error";

    public async Task<IReadOnlyList<ErrorQueue>> ListAsync(CancellationToken ct)
    {
        await using var broker = await connection.OpenAsync(ct);
        var queues = new List<ErrorQueue>();
        foreach (var queue in OwnQueues())
        {
            if (await CountAsync(broker, queue + Suffix, ct) is { } messages and > 0)
            {
                queues.Add(new ErrorQueue(queue, messages));
            }
        }

        return queues;
    }

    /// <summary>
    /// Moves what is in the queue's error queue now back to the queue. A message leaves the error queue only after the broker confirmed its copy.
    /// </summary>
    /// <returns>How many messages were moved; null when the queue is not of this service.</returns>
    public async Task<int?> ReplayAsync(string queue, CancellationToken ct)
    {
        if (!OwnQueues().Contains(queue))
        {
            return null;
        }

        await using var broker = await connection.OpenAsync(ct);
        var count = await CountAsync(broker, queue + Suffix, ct) ?? 0;
        var options = new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true);
        await using var channel = await broker.CreateChannelAsync(options, ct);
        var moved = 0;
        for (; moved < count && await channel.BasicGetAsync(queue + Suffix, autoAck: false, ct) is { } message; moved++)
        {
            await channel.BasicPublishAsync(queue, "", mandatory: true, new BasicProperties(message.BasicProperties), message.Body, ct);
            await channel.BasicAckAsync(message.DeliveryTag, multiple: false, ct);
        }

        return moved;
    }

    private HashSet<string> OwnQueues() =>
        [
            .. bus.CheckHealth()
                .Endpoints.Values.Select(e => e.InputAddress)
                .Where(a => a.Query.Length == 0 || !a.Query.Contains("temporary=true", StringComparison.OrdinalIgnoreCase))
                .Select(a => Uri.UnescapeDataString(a.Segments[^1])),
        ];

    private static async Task<uint?> CountAsync(IConnection broker, string queue, CancellationToken ct)
    {
        // A queue that does not exist ends the channel it was asked for on.
        await using var channel = await broker.CreateChannelAsync(cancellationToken: ct);
        try
        {
            return (await channel.QueueDeclarePassiveAsync(queue, ct)).MessageCount;
        }
        catch (OperationInterruptedException e) when (e.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            return null;
        }
    }
}

/// <summary>Opens a connection to the broker with this service's account, outside the bus.</summary>
public sealed class BusConnection(BusSettings settings)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    public Task<IConnection> OpenAsync(CancellationToken ct) =>
        new ConnectionFactory
        {
            HostName = settings.Host,
            Port = settings.Port,
            VirtualHost = settings.VirtualHost,
            UserName = settings.Username,
            Password = settings.Password,
            AutomaticRecoveryEnabled = false,
            RequestedConnectionTimeout = Limit,
            ContinuationTimeout = Limit,
            HandshakeContinuationTimeout = Limit,
        }.CreateConnectionAsync(ct);
}
