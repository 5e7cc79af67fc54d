using System.Reflection;
using GroupTherapy.Platform.Data;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace GroupTherapy.Platform.Messaging;

/// <summary>RabbitMQ through MassTransit: one quorum queue per consumer, one error queue beside it, an account per service.</summary>
public static class Bus
{
    /// <summary>Adds the bus, and the outbox relay where the service has a database.</summary>
    /// <param name="contracts">The assembly that holds the messages.</param>
    /// <param name="configure">Adds the service's consumers.</param>
    /// <param name="durable">False for the gateway: queues that live with the process, and nothing to send.</param>
    public static void AddPlatformBus(
        this WebApplicationBuilder builder, Assembly contracts, Action<IBusRegistrationConfigurator> configure, bool durable = true)
    {
        MessageTypes.Register(contracts);
        var settings = BusSettings.From(builder.Configuration);
        var service = builder.Configuration["Service:Name"] ?? throw new InvalidOperationException("Service:Name is not set.");
        builder.Services.AddOptions<MassTransitHostOptions>().Configure(options =>
        {
            // A service serves from its own database while the broker is away.
            options.WaitUntilStarted = false;
            options.StopTimeout = TimeSpan.FromSeconds(5);
        });
        builder.Services.AddMassTransit(x =>
        {
            x.DisableUsageTelemetry();
            x.SetEndpointNameFormatter(new QueueNames(service));
            x.AddConfigureEndpointsCallback((_, _, endpoint) =>
            {
                endpoint.ConcurrentMessageLimit = 4;
                endpoint.PrefetchCount = 16;
                endpoint.PublishFaults = false;
                if (durable && endpoint is IRabbitMqReceiveEndpointConfigurator queue)
                {
                    queue.SetQuorumQueue();
                }

                // Bounded: a message that fails for its own sake goes to the error queue and holds up no other. TransactionalConsumer waits for a database
                // that is away.
                endpoint.UseMessageRetry(r =>
                {
                    r.Ignore<Exception>(Outage.IsDatabaseAway);
                    r.Intervals(100, 500, 2000);
                });
            });
            configure(x);
            x.UsingRabbitMq((context, bus) =>
            {
                bus.Host(settings.Host, (ushort)settings.Port, settings.VirtualHost, host =>
                {
                    host.Username(settings.Username);
                    host.Password(settings.Password);
                    host.Heartbeat(TimeSpan.FromSeconds(10));
                    host.OnRefreshConnectionFactory = context.GetRequiredService<BrokerGate>().WaitAsync;
                });
                bus.ConfigureJsonSerializerOptions(TolerantNulls.Apply);
                bus.ConfigureEndpoints(context);
            });
        });
        builder.Services.AddSingleton<BrokerGate>().AddSingleton<BusLiveness>();
        if (durable)
        {
            builder.Services.AddSingleton(settings).AddSingleton<BusConnection>().AddSingleton<ErrorQueues>();
            builder.Services.AddHostedService<OutboxRelay>();
        }
    }

    private sealed class QueueNames(string service) : KebabCaseEndpointNameFormatter(false)
    {
        protected override string GetConsumerName(Type type) => $"{service}.{base.GetConsumerName(type)}";
    }
}

/// <summary>Where the broker is, and this service's account at it.</summary>
public sealed record BusSettings(string Host, int Port, string VirtualHost, string Username, string Password)
{
    public static BusSettings From(IConfiguration configuration)
    {
        var bus = configuration.GetSection("Bus");
        return new BusSettings(bus["Host"] ?? "127.0.0.1", bus.GetValue("Port", 5672), bus["VirtualHost"] ?? "/", bus["Username"] ?? "", bus["Password"] ?? "");
    }
}
