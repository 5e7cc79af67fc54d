using System.Collections.Concurrent;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Tests.Toys;
using GroupTherapy.Platform.Web;
using GroupTherapy.Platform.Work;
using GroupTherapy.Tests.Support;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using RabbitMQ.Client;

namespace GroupTherapy.Platform.Tests.Messaging;

/// <summary>A real broker, and the service <c>beta</c> that listens to it.</summary>
public class BusWorld : IAsyncLifetime, IConsumeObserver
{
    private const string ErrorQueue = "beta.keep-thing-when-made_error";
    private readonly ConcurrentQueue<(Guid Thing, Guid? MessageId)> _deliveries = [];
    private readonly ConcurrentQueue<Guid> _finished = [];
    private InProcess _beta = null!;

    public RabbitEndpoint Rabbit { get; private set; } = null!;

    /// <summary>Where <c>beta</c> keeps what it was told; a thing's label is the id it was announced with.</summary>
    public ToyDatabase Kept { get; private set; } = null!;

    public Attempts Attempts { get; } = new();

    internal T OfBeta<T>()
        where T : notnull => _beta.Get<T>();

    public async ValueTask InitializeAsync()
    {
        Rabbit = await BrokerAsync();
        Kept = await ToyDatabase.CreateAsync("beta");
        _beta = await StartAsync("beta", Kept, Rabbit.Port, relays: true, x => x.AddConsumer<KeepThingWhenMade>());
        _beta.Get<IBus>().ConnectConsumeObserver(this);

        // A message published before the queue exists would reach nobody.
        await ListensAsync();
    }

    public virtual async ValueTask DisposeAsync()
    {
        await _beta.DisposeAsync();
        await Kept.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected virtual Task<RabbitEndpoint> BrokerAsync() => Engines.RabbitAsync();

    public Task ListensAsync() =>
        Eventually.Async(
            () => _beta.Get<IBusControl>().CheckHealth().Status == BusHealthStatus.Healthy,
            () =>
                "beta does not listen: "
                + string.Join(
                    "; ",
                    _beta.Get<IBusControl>().CheckHealth().Endpoints.Values.Select(e => $"{e.InputAddress.AbsolutePath} {e.Status}, {e.Description}")
                ),
            TimeSpan.FromSeconds(60)
        );

    /// <summary>The ids under which a thing's message was delivered, before the inbox looked at it.</summary>
    public IReadOnlyList<Guid?> DeliveriesOf(Guid thing) => [.. _deliveries.Where(d => d.Thing == thing).Select(d => d.MessageId)];

    /// <summary>Returns when this many deliveries of the thing have been dealt with.</summary>
    public Task DealtWithAsync(Guid thing, int times) =>
        Eventually.Async(
            () => _finished.Count(t => t == thing) == times,
            () => $"{thing} was dealt with {_finished.Count(t => t == thing)} times, not {times}",
            TimeSpan.FromSeconds(60)
        );

    public Task<long> KeptAsync(Guid thing) => Kept.ThingsAsync($"{thing}");

    public Task ArrivedAsync(Guid thing) => Eventually.Async(async () => await KeptAsync(thing) > 0, () => $"{thing} did not arrive", TimeSpan.FromSeconds(60));

    public HttpClient Http() => _beta.Anonymous();

    /// <summary>Ends <c>beta</c>'s endpoint as an unlucky moment can, and nothing in it would ever start it again.</summary>
    public async Task StopListeningAsync()
    {
        var endpoint = _beta
            .Get<IBusControl>()
            .CheckHealth()
            .Endpoints.Values.Single(e => e.InputAddress.AbsolutePath.EndsWith("/beta.keep-thing-when-made", StringComparison.Ordinal));
        await endpoint.ReceiveEndpoint.Stop(CancellationToken.None);
    }

    public async Task<uint> InErrorQueueAsync()
    {
        var (username, password) = Rabbit.Account(RabbitEndpoint.Admin);
        var broker = new ConnectionFactory
        {
            HostName = Rabbit.Host,
            Port = Rabbit.Port,
            UserName = username,
            Password = password,
        };
        await using var connection = await broker.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        return (await channel.QueueDeclarePassiveAsync(ErrorQueue)).MessageCount;
    }

    internal async Task<Sender> SenderAsync(bool relays)
    {
        var proxy = await FaultProxy.BeforeAsync(Rabbit.Port);
        var database = await ToyDatabase.CreateAsync();
        return new Sender(proxy, database, await StartAsync("alpha", database, proxy.Port, relays));
    }

    Task IConsumeObserver.PreConsume<T>(ConsumeContext<T> context)
    {
        if (context.Message is ThingMade made)
        {
            _deliveries.Enqueue((made.ThingId, context.MessageId));
        }

        return Task.CompletedTask;
    }

    Task IConsumeObserver.PostConsume<T>(ConsumeContext<T> context)
    {
        if (context.Message is ThingMade made)
        {
            _finished.Enqueue(made.ThingId);
        }

        return Task.CompletedTask;
    }

    Task IConsumeObserver.ConsumeFault<T>(ConsumeContext<T> context, Exception exception) => Task.CompletedTask;

    private Task<InProcess> StartAsync(string service, ToyDatabase database, int port, bool relays, Action<IBusRegistrationConfigurator>? consumers = null) =>
        InProcess.StartAsync(
            service,
            adjust =>
            {
                var builder = PlatformApp.CreateBuilder(
                    [],
                    service,
                    builder =>
                    {
                        var (username, password) = Rabbit.Account(service);
                        adjust(builder);
                        builder.Configuration.AddInMemoryCollection([new("Bus:Port", $"{port}"), new("Bus:Username", username), new("Bus:Password", password)]);
                        builder.Logging.AddFilter("MassTransit", LogLevel.None);
                        builder.Services.AddSingleton(Attempts);
                    }
                );
                builder.AddPlatformDatabase();
                builder.AddInternalAuthentication(service);
                builder.AddPlatformBus(typeof(ThingMade).Assembly, x => consumers?.Invoke(x));
                if (!relays)
                {
                    builder.Services.Remove(builder.Services.Single(s => s.ImplementationType == typeof(OutboxRelay)));
                }

                return builder.BuildPlatform();
            },
            database.Runtime,
            database.Clock
        );
}

/// <summary>The service <c>alpha</c>, which announces things; the broker is behind a proxy.</summary>
internal sealed class Sender(FaultProxy broker, ToyDatabase database, InProcess service) : IAsyncDisposable
{
    public FaultProxy Broker => broker;

    public ToyDatabase Database => database;

    /// <summary>A relay that runs when told; its own when the service has none.</summary>
    public OutboxRelay Relay { get; } =
        new(database.Source, service.Get<IBus>(), database.Signal, new WorkOptions(TimeSpan.FromSeconds(1)), database.Clock, NullLogger<OutboxRelay>.Instance);

    public Task<long> WaitingAsync() => database.CountAsync("outbox");

    public Task EmptiedAsync() => Eventually.Async(async () => await WaitingAsync() == 0, () => "the outbox was not emptied", TimeSpan.FromSeconds(60));

    public async Task<Guid> AnnounceAsync(string label = "toy") => (await AnnounceAsync(1, label))[0];

    public async Task<IReadOnlyList<Guid>> AnnounceAsync(int count, string label = "toy")
    {
        var ids = Enumerable.Range(0, count).Select(_ => Guid.CreateVersion7()).ToList();
        await using var work = await service.Get<Platform.Data.Db>().BeginAsync(Caller.System("test"));
        foreach (var id in ids)
        {
            work.Publish(new ThingMade(id, label));
        }

        await work.CommitAsync();
        return ids;
    }

    public async ValueTask DisposeAsync()
    {
        Relay.Dispose();
        await service.DisposeAsync();
        await broker.DisposeAsync();
        await database.DisposeAsync();
    }
}
