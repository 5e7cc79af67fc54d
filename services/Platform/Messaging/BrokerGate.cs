using System.Diagnostics.Metrics;
using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace GroupTherapy.Platform.Messaging;

/// <summary>
/// Holds the bus back while the broker takes no connection. To MassTransit a broker that is away is a failed endpoint, which comes back later each time, from
/// 3 s up to half a minute. A bus that waits here has not failed, and is back within a second of the broker.
/// </summary>
internal sealed class BrokerGate(IHostApplicationLifetime lifetime, ILogger<BrokerGate> log)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);
    private static readonly Meter Meter = new("GroupTherapy.Platform");
    private static readonly Counter<long> Outages = Meter.CreateCounter<long>(
        "grouptherapy.broker.outages",
        "{outage}",
        "Times that the bus found no broker and waited for it."
    );

    public bool IsWaiting { get; private set; }

    /// <param name="factory">The connection factory of the bus.</param>
    /// <exception cref="OperationCanceledException">The process stops.</exception>
    public async Task WaitAsync(ConnectionFactory factory)
    {
        var stopping = lifetime.ApplicationStopping;
        for (string? logged = null; await FailureAsync(factory, stopping) is { } kind; logged = kind)
        {
            Outages.Add(IsWaiting ? 0 : 1);
            IsWaiting = true;
            if (kind != logged)
            {
                log.LogWarning("The broker takes no connection ({Kind}); the bus waits for it", kind);
            }

            await Task.Delay(Every, stopping);
        }

        IsWaiting = false;
    }

    private static async Task<string?> FailureAsync(ConnectionFactory factory, CancellationToken stopping)
    {
        try
        {
            // A whole connection: an open port may be a proxy's, or a broker's that does not know our account yet.
            await using var connection = await factory.CreateConnectionAsync(stopping);
            return null;
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            return e.GetBaseException().GetType().Name;
        }
    }
}

/// <summary>
/// Whether the bus can still come back. When an endpoint does not listen for minutes although the broker is there, the process must be started again.
/// </summary>
internal sealed class BusLiveness(IBusControl bus, BrokerGate gate, TimeProvider clock)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);
    private DateTimeOffset? _brokenSince;

    public bool IsLost
    {
        get
        {
            if (gate.IsWaiting || bus.CheckHealth().Status == BusHealthStatus.Healthy)
            {
                _brokenSince = null;
                return false;
            }

            var now = clock.GetUtcNow();
            return now - (_brokenSince ??= now) >= Limit;
        }
    }
}
