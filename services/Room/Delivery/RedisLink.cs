using System.Collections.Concurrent;
using System.Text.Json;
using GroupTherapy.Room.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace GroupTherapy.Room.Delivery;

/// <summary>A stream reaches at least this far.</summary>
public sealed record StreamPosition(string Stream, long Seq);

/// <summary>
/// Tells other nodes how far the streams of rooms reach. It carries positions and no facts: a lost, repeated or invented one is corrected from the log within a
/// second.
/// </summary>
public sealed class RedisLink(IConfiguration configuration, NodeLease node, ILogger<RedisLink> log) : BackgroundService
{
    private const string ChannelPrefix = "gt:room:events:";
    private const int NodeIdBytes = 16;
    private static readonly RedisChannel CheckChannel = RedisChannel.Literal("gt:room:check");

    private readonly string? _address = configuration["Redis:Connection"];
    private readonly ConcurrentDictionary<Guid, bool> _listening = new();
    private volatile ConnectionMultiplexer? _redis;

    /// <summary>Another node committed up to these positions.</summary>
    internal event Action<Guid, IReadOnlyList<StreamPosition>>? Heard;

    /// <summary>Another node asks all nodes to look which connections have to end.</summary>
    internal event Action? CheckHeard;

    /// <summary>True while the check channel is subscribed.</summary>
    public bool IsHearing => _redis is { IsConnected: true } redis && redis.GetSubscriber().IsConnected(CheckChannel);

    internal void Listen(Guid session)
    {
        if (_listening.TryAdd(session, true) && _redis is { } redis)
        {
            Try(() => redis.GetSubscriber().SubscribeAsync(ChannelOf(session), OnPositions, CommandFlags.FireAndForget));
        }
    }

    internal void StopListening(Guid session)
    {
        if (_listening.TryRemove(session, out _) && _redis is { } redis)
        {
            Try(() => redis.GetSubscriber().UnsubscribeAsync(ChannelOf(session), flags: CommandFlags.FireAndForget));
        }
    }

    internal void Publish(Guid session, IReadOnlyList<StreamPosition> positions)
    {
        if (_redis is { IsConnected: true } redis)
        {
            byte[] payload = [.. node.NodeId.ToByteArray(), .. JsonSerializer.SerializeToUtf8Bytes(positions, RoomJson.Options)];
            Try(() => redis.GetSubscriber().PublishAsync(ChannelOf(session), payload, CommandFlags.FireAndForget));
        }
    }

    internal void PublishCheck()
    {
        if (_redis is { IsConnected: true } redis)
        {
            Try(() => redis.GetSubscriber().PublishAsync(CheckChannel, node.NodeId.ToByteArray(), CommandFlags.FireAndForget));
        }
    }

    // The client connects again and subscribes again by itself, from the first connection on.
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_address is null)
        {
            log.LogInformation("No Redis is set: nodes learn of each other's events from the log alone");
            return;
        }

        var options = ConfigurationOptions.Parse(_address);
        options.AbortOnConnectFail = false;
        options.ConnectTimeout = 5000;
        options.KeepAlive = 5;
        options.ReconnectRetryPolicy = new LinearRetry(500);
        options.BacklogPolicy = BacklogPolicy.FailFast;
        var redis = await ConnectionMultiplexer.ConnectAsync(options);
        redis.ConnectionFailed += (_, e) => log.LogWarning("Redis is away ({Kind}); nodes learn of each other's events from the log", e.FailureType);
        redis.ConnectionRestored += (_, _) => RoomMetrics.RedisReconnects.Add(1);
        _redis = redis;
        Try(() => redis.GetSubscriber().SubscribeAsync(CheckChannel, OnCheck, CommandFlags.FireAndForget));
        foreach (var session in _listening.Keys)
        {
            Try(() => redis.GetSubscriber().SubscribeAsync(ChannelOf(session), OnPositions, CommandFlags.FireAndForget));
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        _redis?.Dispose();
    }

    private static RedisChannel ChannelOf(Guid session) => RedisChannel.Literal($"{ChannelPrefix}{session:n}");

    private void OnPositions(RedisChannel channel, RedisValue value)
    {
        try
        {
            byte[] payload = value!;
            if (!IsOwn(payload) && Guid.TryParseExact(((string)channel!)[ChannelPrefix.Length..], "n", out var session))
            {
                Heard?.Invoke(session, JsonSerializer.Deserialize<List<StreamPosition>>(payload.AsSpan(NodeIdBytes), RoomJson.Options)!);
            }
        }
        catch (Exception e)
        {
            log.LogWarning("A publication could not be read ({Kind}); the log has it", e.GetType().Name);
        }
    }

    private void OnCheck(RedisChannel channel, RedisValue value)
    {
        if (!IsOwn(value!))
        {
            CheckHeard?.Invoke();
        }
    }

    private bool IsOwn(byte[] payload) => payload.Length < NodeIdBytes || new Guid(payload.AsSpan(0, NodeIdBytes)) == node.NodeId;

    private void Try(Func<Task> send)
    {
        try
        {
            _ = send()
                .ContinueWith(
                    static t => _ = t.Exception,
                    CancellationToken.None,
                    TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
                    TaskScheduler.Default
                );
        }
        catch (Exception e) when (e is RedisException or ObjectDisposedException or TimeoutException or InvalidOperationException)
        {
            log.LogDebug("Redis did not take a command ({Kind})", e.GetType().Name);
        }
    }
}
