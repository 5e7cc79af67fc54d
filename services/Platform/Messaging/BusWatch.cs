using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace GroupTherapy.Platform.Messaging;

/// <summary>Whether this process has lost the bus for good; then it is not live, and whoever looks after it starts it again.</summary>
public sealed class BusState
{
    public bool IsLost { get; internal set; }

    /// <summary>Whether everything that should listen was seen to. From then on what stops is missed sooner.</summary>
    public bool WasWhole { get; internal set; }
}

/// <summary>
/// Sees whether everything that should listen does: the endpoints as the bus itself tells, and now and then the broker's own count of consumers. What has stopped listening
/// and does not come back while the broker answers makes this process one that must be started again: a bus that was stopped does not always start.
/// </summary>
internal sealed class BusWatch(IBusControl bus, IConfiguration configuration, BusState state, ILogger<BusWatch> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CountEvery = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly BusPatience _patience = new();
    private readonly long _began = TimeProvider.System.GetTimestamp();
    private TimeSpan _countedAt;
    private int _deaf;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await LookAsync(stoppingToken);
                state.WasWhole = _patience.WasWhole;
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                log.LogWarning("The bus could not be looked at ({Kind})", e.GetType().Name);
            }
        }
    }

    private async Task LookAsync(CancellationToken ct)
    {
        var endpoints = bus.CheckHealth().Endpoints.Values.ToList();
        var ready = endpoints.Count(e => e.Status == BusHealthStatus.Healthy);
        var now = TimeProvider.System.GetElapsedTime(_began);
        var whole = ready == endpoints.Count;
        if (whole && _deaf == 0 && now - _countedAt < CountEvery)
        {
            _patience.IsOver(ready, endpoints.Count, true, now);
            return;
        }

        var answers = true;
        try
        {
            var deaf = await DeafAsync(endpoints.Select(e => e.InputAddress), ct);
            (_deaf, _countedAt) = (whole ? deaf : 0, now);
        }
        catch (Exception e) when (e is BrokerUnreachableException or OperationInterruptedException or AlreadyClosedException or IOException or OperationCanceledException or TimeoutException && !ct.IsCancellationRequested)
        {
            (answers, _deaf, _countedAt) = (false, 0, now);
        }

        if (_patience.IsOver(ready - _deaf, endpoints.Count, answers, now) && !state.IsLost)
        {
            state.IsLost = true;
            log.LogCritical("Of {Count} endpoints {Ready} listen although the broker answers, and no more come back; this process must be started again", endpoints.Count, ready - _deaf);
        }
    }

    /// <summary>Asks the broker itself. Queues of ours that nobody listens to; one that is gone counts as well.</summary>
    private async Task<int> DeafAsync(IEnumerable<Uri> addresses, CancellationToken ct)
    {
        var settings = configuration.GetSection("Bus");
        var factory = new ConnectionFactory
        {
            HostName = settings["Host"] ?? "127.0.0.1", Port = settings.GetValue("Port", 5672), VirtualHost = settings["VirtualHost"] ?? "/",
            UserName = settings["Username"] ?? "", Password = settings["Password"] ?? "",
            AutomaticRecoveryEnabled = false, RequestedConnectionTimeout = Limit, ContinuationTimeout = Limit, HandshakeContinuationTimeout = Limit,
        };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Limit);
        await using var connection = await factory.CreateConnectionAsync(limit.Token);
        var deaf = 0;
        foreach (var queue in addresses.Where(IsKept).Select(a => Uri.UnescapeDataString(a.Segments[^1])))
        {
            // A queue that is not there ends the channel it was asked for on.
            await using var channel = await connection.CreateChannelAsync(cancellationToken: limit.Token);
            try
            {
                deaf += (await channel.QueueDeclarePassiveAsync(queue, limit.Token)).ConsumerCount == 0 ? 1 : 0;
            }
            catch (OperationInterruptedException e) when (e.ShutdownReason?.ReplyCode == Constants.NotFound)
            {
                deaf++;
            }
        }

        return deaf;
    }

    // A queue that lives with this process is locked to its connection, and gone with it: the bus itself knows. Its own endpoint is made only when it is needed.
    internal static bool IsKept(Uri address) => !new[] { "temporary=true", "autodelete=true", "durable=false" }.Any(word => address.Query.Contains(word, StringComparison.OrdinalIgnoreCase));
}
