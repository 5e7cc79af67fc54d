using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace GroupTherapy.Platform.Messaging;

/// <summary>
/// Where the bus waits before it connects, until the broker takes connections. To MassTransit a broker that is away is a failure, and an endpoint that failed comes back later each
/// time (from 3 s up to half a minute, counted for as long as the process lives). What waits here has not failed, and is back as soon as the broker is.
/// </summary>
internal sealed class BrokerDoor(IHostApplicationLifetime lifetime, ILogger<BrokerDoor> log)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    /// <summary>Whether the bus found no broker and waits for it.</summary>
    public bool IsWaiting { get; private set; }

    /// <param name="factory">What the bus is about to connect with.</param>
    /// <exception cref="OperationCanceledException">The process stops.</exception>
    public async Task OpenAsync(ConnectionFactory factory)
    {
        var stopping = lifetime.ApplicationStopping;
        for (string? told = null; await FailureAsync(factory, stopping) is { } kind; told = kind)
        {
            IsWaiting = true;
            if (kind != told)
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
