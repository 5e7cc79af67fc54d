using GroupTherapy.Tests.Support;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Xunit;

namespace GroupTherapy.Deploy.Tests;

/// <summary>Accounts at the broker: each service declares and reads what it must, and writes to its own alone.</summary>
public sealed class BrokerRightsTests
{
    [Fact]
    public async Task A_service_publishes_its_own_messages_and_reads_those_of_others()
    {
        await using var identity = await ConnectAsync("identity");
        await using var room = await ConnectAsync("room");
        await using var sender = await ConfirmingAsync(identity);
        await using var receiver = await ConfirmingAsync(room);
        await sender.ExchangeDeclareAsync("identity.session-revoked.v1", ExchangeType.Fanout, durable: true);

        // As MassTransit does it: the consumer declares the message's exchange too, and binds its own exchange and queue to it.
        await receiver.ExchangeDeclareAsync("identity.session-revoked.v1", ExchangeType.Fanout, durable: true);
        await receiver.ExchangeDeclareAsync("room.close-connections", ExchangeType.Fanout, durable: true);
        await receiver.ExchangeBindAsync("room.close-connections", "identity.session-revoked.v1", "");
        await receiver.QueueDeclareAsync(
            "room.close-connections",
            durable: true,
            exclusive: false,
            autoDelete: false,
            new Dictionary<string, object?> { ["x-queue-type"] = "quorum" }
        );
        await receiver.QueueBindAsync("room.close-connections", "room.close-connections", "");
        await sender.BasicPublishAsync("identity.session-revoked.v1", "", "one"u8.ToArray());

        await Eventually.Async(
            async () => await receiver.BasicGetAsync("room.close-connections", autoAck: true) is not null,
            () => "room did not receive identity's message"
        );
    }

    [Theory]
    [InlineData("identity.session-revoked.v1", "")]
    [InlineData("roommate.anything.v1", "")]
    [InlineData("", "identity.some-queue")]
    [Trait("hostile", "B01")]
    public async Task The_broker_refuses_a_service_that_writes_to_another(string exchange, string routingKey)
    {
        await using var room = await ConnectAsync("room");
        await using var channel = await ConfirmingAsync(room);
        if (exchange.Length > 0)
        {
            await channel.ExchangeDeclareAsync(exchange, ExchangeType.Fanout, durable: true);
        }

        var refusal = await Assert.ThrowsAnyAsync<Exception>(async () => await channel.BasicPublishAsync(exchange, routingKey, "forged"u8.ToArray()));

        Assert.Equal(403, Reason(channel, refusal));
    }

    [Fact]
    public async Task B01_a_service_cannot_take_messages_from_another_services_queue_or_delete_it()
    {
        await using var identity = await ConnectAsync("identity");
        await using var owner = await ConfirmingAsync(identity);
        await owner.QueueDeclareAsync("identity.consumer", durable: true, exclusive: false, autoDelete: false);
        await using var admin = await ConnectAsync(RabbitEndpoint.Admin);
        await using var sender = await ConfirmingAsync(admin);
        await sender.BasicPublishAsync("", "identity.consumer", "one"u8.ToArray());
        await using var room = await ConnectAsync("room");
        foreach (
            var act in new Func<IChannel, Task>[]
            {
                c => c.BasicGetAsync("identity.consumer", autoAck: true),
                c => c.QueuePurgeAsync("identity.consumer"),
                c => c.QueueDeleteAsync("identity.consumer"),
            }
        )
        {
            await using var channel = await ConfirmingAsync(room);
            var refusal = await Assert.ThrowsAnyAsync<Exception>(() => act(channel));
            Assert.Equal(403, Reason(channel, refusal));
        }

        Assert.Equal(1u, await owner.MessageCountAsync("identity.consumer"));
        await owner.QueueDeleteAsync("identity.consumer");
    }

    [Fact]
    public async Task B01_the_gateway_hears_of_revoked_sign_ins_and_of_nothing_else()
    {
        await using var gateway = await ConnectAsync("gateway");
        await using (var channel = await ConfirmingAsync(gateway))
        {
            await channel.ExchangeDeclareAsync("identity.session-revoked.v1", ExchangeType.Fanout, durable: true);
            await channel.QueueDeclareAsync("gateway.revoked", durable: false, exclusive: false, autoDelete: true);
            await channel.QueueBindAsync("gateway.revoked", "identity.session-revoked.v1", "");
        }

        await using var admin = await ConnectAsync(RabbitEndpoint.Admin);
        await using var owner = await ConfirmingAsync(admin);
        await owner.ExchangeDeclareAsync("enrollment.permit-changed.v1", ExchangeType.Fanout, durable: true);
        await using var curious = await ConfirmingAsync(gateway);
        var refusal = await Assert.ThrowsAnyAsync<Exception>(() => curious.QueueBindAsync("gateway.revoked", "enrollment.permit-changed.v1", ""));
        Assert.Equal(403, Reason(curious, refusal));
    }

    [Fact]
    [Trait("hostile", "B07")]
    public async Task A_service_cannot_bind_another_services_queue_to_its_own_messages()
    {
        await using var admin = await ConnectAsync(RabbitEndpoint.Admin);
        await using var owner = await ConfirmingAsync(admin);
        await owner.ExchangeDeclareAsync("room.mine.v1", ExchangeType.Fanout, durable: true);
        await owner.QueueDeclareAsync("identity.inbox", durable: true, exclusive: false, autoDelete: false);
        await using var room = await ConnectAsync("room");
        await using var channel = await ConfirmingAsync(room);

        var refusal = await Assert.ThrowsAnyAsync<Exception>(() => channel.QueueBindAsync("identity.inbox", "room.mine.v1", ""));

        Assert.Equal(403, Reason(channel, refusal));
    }

    [Theory]
    [InlineData("guest", "guest")]
    [InlineData("room", "guess")]
    [Trait("hostile", "B02")]
    public async Task The_broker_knows_no_guest_and_no_other_password(string user, string password)
    {
        var rabbit = await Engines.RabbitAsync();
        var factory = new ConnectionFactory
        {
            HostName = rabbit.Host,
            Port = rabbit.Port,
            UserName = user,
            Password = password,
        };

        await Assert.ThrowsAsync<BrokerUnreachableException>(() => factory.CreateConnectionAsync());
    }

    private static async Task<IConnection> ConnectAsync(string account)
    {
        var rabbit = await Engines.RabbitAsync();
        var (user, password) = rabbit.Account(account);
        return await new ConnectionFactory
        {
            HostName = rabbit.Host,
            Port = rabbit.Port,
            UserName = user,
            Password = password,
        }.CreateConnectionAsync();
    }

    private static Task<IChannel> ConfirmingAsync(IConnection connection) =>
        connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));

    // The client tells of a refusal as the channel's end; with confirms the waiting publish fails first.
    private static int? Reason(IChannel channel, Exception refusal) =>
        channel.CloseReason?.ReplyCode ?? (refusal as OperationInterruptedException)?.ShutdownReason?.ReplyCode;
}
