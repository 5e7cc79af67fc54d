using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace GroupTherapy.History;

/// <summary>Keeps what one service publishes, and publishes it again in its name: in any order, with the same message id and with new ones.</summary>
public sealed class BusTap : IAsyncDisposable
{
    // What the tap itself has published is not kept again: it would be three times as much each time.
    private const string Repeated = "repeated";

    private readonly ConcurrentQueue<(string Exchange, byte[] Body, BasicProperties Properties)> _kept = new();
    private readonly ConnectionFactory _factory;
    private IConnection? _listening;

    private BusTap(JsonNode bus) =>
        _factory = new ConnectionFactory
        {
            HostName = (string)bus["Host"]!,
            Port = (int)bus["Port"]!,
            UserName = (string)bus["Username"]!,
            Password = (string)bus["Password"]!,
            // A killed broker takes the tap away; what was kept until then is enough to repeat.
            AutomaticRecoveryEnabled = false,
        };

    /// <param name="service">Whose account is used; it may write to its own exchanges alone.</param>
    /// <param name="exchanges">Names of messages, such as <c>enrollment.permit-changed.v1</c>.</param>
    public static async Task<BusTap> OnAsync(Site site, string service, params string[] exchanges)
    {
        var tap = new BusTap(site.Settings(service)["Bus"]!);
        tap._listening = await tap._factory.CreateConnectionAsync();
        var channel = await tap._listening.CreateChannelAsync();
        var queue = $"{service}.tap-{Guid.CreateVersion7():n}";
        await channel.QueueDeclareAsync(queue, durable: false, exclusive: true, autoDelete: true);
        foreach (var exchange in exchanges)
        {
            await channel.QueueBindAsync(queue, exchange, "");
        }

        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, message) =>
        {
            if (message.BasicProperties.Headers?.ContainsKey(Repeated) != true)
            {
                tap._kept.Enqueue((message.Exchange, message.Body.ToArray(), new BasicProperties(message.BasicProperties)));
            }

            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(queue, autoAck: true, consumer);
        return tap;
    }

    /// <summary>Publishes everything kept so far twice, shuffled: once as the broker would repeat it, once as if it were new.</summary>
    public async Task RepeatAsync(Random random)
    {
        if (_kept.IsEmpty)
        {
            throw new InvalidOperationException("Nothing was published that could be repeated.");
        }

        await using var connection = await _factory.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true)
        );
        var messages = _kept
            .SelectMany(m => new[] { (m.Exchange, m.Body, Marked(m.Properties)), (m.Exchange, Renewed(m.Body), Renewed(m.Properties)) })
            .ToArray();
        random.Shuffle(messages);
        foreach (var (exchange, body, properties) in messages)
        {
            await channel.BasicPublishAsync(exchange, "", false, properties, body);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_listening is not null)
        {
            await _listening.DisposeAsync();
        }
    }

    private static byte[] Renewed(byte[] body)
    {
        var envelope = JsonNode.Parse(body)!;
        envelope["messageId"] = $"{Guid.CreateVersion7()}";
        return System.Text.Encoding.UTF8.GetBytes(envelope.ToJsonString());
    }

    private static BasicProperties Renewed(BasicProperties properties)
    {
        var renewed = Marked(properties);
        renewed.MessageId = $"{Guid.CreateVersion7()}";
        return renewed;
    }

    private static BasicProperties Marked(BasicProperties properties) =>
        new(properties) { Headers = new Dictionary<string, object?>(properties.Headers ?? new Dictionary<string, object?>()) { [Repeated] = true } };
}
