using System.Collections.Concurrent;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Tests.Support;
using MassTransit;

namespace GroupTherapy.Platform.Tests.Messaging;

/// <summary>A bus world whose broker may be killed.</summary>
public sealed class MortalBusWorld : BusWorld
{
    public OwnEngine<RabbitEndpoint> Broker { get; private set; } = null!;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Broker.DisposeAsync();
    }

    protected override async Task<RabbitEndpoint> BrokerAsync() => (Broker = await Engines.OwnRabbitAsync()).Endpoint;
}

public sealed class BrokerAwayTests(MortalBusWorld world) : IClassFixture<MortalBusWorld>
{
    [Fact]
    public async Task While_the_broker_is_away_endpoints_wait_and_do_not_fail_and_what_was_announced_arrives_afterwards()
    {
        var faults = new Faults();
        world.OfBeta<IBus>().ConnectReceiveEndpointObserver(faults);
        await using var alpha = await world.SenderAsync(relays: true);

        // An endpoint that failed comes back later each time: one outage would not show it.
        var kills = int.Parse(Environment.GetEnvironmentVariable("GT_BROKER_KILLS") ?? "1", System.Globalization.CultureInfo.InvariantCulture);
        foreach (var end in Enumerable.Repeat(world.Broker.KillAsync, kills).Prepend(world.Broker.StopAsync))
        {
            await end();
            var announced = await alpha.AnnounceAsync();
            await Eventually.Async(() => world.OfBeta<BrokerGate>().IsWaiting, () => "the bus does not wait for its broker", TimeSpan.FromSeconds(60));
            await world.Broker.StartAsync();

            await world.ListensAsync();
            await world.ArrivedAsync(announced);
            Assert.False(world.OfBeta<BrokerGate>().IsWaiting);
        }

        Assert.Empty(faults.Seen);
    }

    private sealed class Faults : IReceiveEndpointObserver
    {
        public ConcurrentQueue<string> Seen { get; } = [];

        public Task Faulted(ReceiveEndpointFaulted faulted)
        {
            Seen.Enqueue($"{faulted.InputAddress}: {faulted.Exception}");
            return Task.CompletedTask;
        }

        public Task Ready(ReceiveEndpointReady ready) => Task.CompletedTask;

        public Task Stopping(ReceiveEndpointStopping stopping) => Task.CompletedTask;

        public Task Completed(ReceiveEndpointCompleted completed) => Task.CompletedTask;
    }
}
