using System.Collections.Concurrent;
using System.Text.Json;
using GroupTherapy.Room.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace GroupTherapy.Room.Delivery;

/// <summary>
/// Tells other nodes how far the streams of rooms reach. It carries positions and no facts: what it loses, repeats or invents, the log sets right within a second.
/// </summary>
/// <remarks>
/// Subscriptions have a connection of their own, because the client was seen to lose them while everything else went on; the link therefore listens to itself,
/// subscribes again when it has not heard itself for two seconds, and connects anew when that does not help.
/// </remarks>
public sealed class RedisLink(IConfiguration configuration, NodeLease node, TimeProvider clock, ILogger<RedisLink> log) : BackgroundService
{
    private const string CheckChannel = "gt:room:check";
    private static readonly TimeSpan SelfCheckEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SubscribeAgainAfter = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ConnectAgainAfter = TimeSpan.FromSeconds(6);

    private readonly string? _address = configuration["Redis:Connection"];
    private readonly ConcurrentDictionary<Guid, bool> _listening = new();
    private volatile ConnectionMultiplexer? _speaker;
    private volatile ConnectionMultiplexer? _listener;
    private long _heardAt;

    /// <summary>Another node committed up to these positions.</summary>
    internal event Action<Guid, IReadOnlyList<StreamPosition>>? Heard;

    /// <summary>Another node asks everybody to look who must go.</summary>
    internal event Action? CheckHeard;

    /// <summary>True while this node hears itself through Redis.</summary>
    public bool IsHearing => _listener is not null && clock.GetElapsedTime(Volatile.Read(ref _heardAt)) < SubscribeAgainAfter;

    private RedisChannel SelfChannel => $"gt:room:self:{node.NodeId:n}";

    internal void Listen(Guid session)
    {
        if (_listening.TryAdd(session, true) && _listener is { } listener)
        {
            Try(() => listener.GetSubscriber().SubscribeAsync(ChannelOf(session), OnEvents, CommandFlags.FireAndForget));
        }
    }

    internal void StopListening(Guid session)
    {
        if (_listening.TryRemove(session, out _) && _listener is { } listener)
        {
            Try(() => listener.GetSubscriber().UnsubscribeAsync(ChannelOf(session), flags: CommandFlags.FireAndForget));
        }
    }

    internal void Publish(Guid session, IReadOnlyList<StreamPosition> positions)
    {
        if (_speaker is { IsConnected: true } speaker)
        {
            byte[] payload = [.. node.NodeId.ToByteArray(), .. JsonSerializer.SerializeToUtf8Bytes(positions, RoomJson.Options)];
            Try(() => speaker.GetSubscriber().PublishAsync(ChannelOf(session), payload, CommandFlags.FireAndForget));
        }
    }

    internal void PublishCheck()
    {
        if (_speaker is { IsConnected: true } speaker)
        {
            Try(() => speaker.GetSubscriber().PublishAsync(CheckChannel, node.NodeId.ToByteArray(), CommandFlags.FireAndForget));
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_address is null)
        {
            log.LogInformation("No Redis is set: nodes learn of each other's events from the log alone");
            return;
        }

        using var timer = new PeriodicTimer(SelfCheckEvery);
        var subscribedAt = clock.GetTimestamp();
        do
        {
            try
            {
                _speaker ??= await ConnectAsync();
                if (_listener is null)
                {
                    _listener = await ConnectAsync();
                    await SubscribeAsync(_listener);
                    subscribedAt = clock.GetTimestamp();
                    Volatile.Write(ref _heardAt, subscribedAt);
                }

                var silent = clock.GetElapsedTime(Volatile.Read(ref _heardAt));
                if (silent > ConnectAgainAfter)
                {
                    var (listener, speaker) = (_listener, _speaker);
                    (_listener, _speaker) = (null, null);
                    listener.Dispose();
                    speaker.Dispose();
                    continue;
                }

                if (silent > SubscribeAgainAfter && clock.GetElapsedTime(subscribedAt) > SubscribeAgainAfter && _listener.IsConnected)
                {
                    log.LogWarning("Redis was not heard for {Seconds:0} s; subscribing again", silent.TotalSeconds);
                    subscribedAt = clock.GetTimestamp();
                    await _listener.GetSubscriber().UnsubscribeAllAsync(CommandFlags.FireAndForget);
                    await SubscribeAsync(_listener);
                }

                if (_speaker is { IsConnected: true })
                {
                    Try(() => _speaker.GetSubscriber().PublishAsync(SelfChannel, "1", CommandFlags.FireAndForget));
                }
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                log.LogWarning("Redis is away ({Kind}); nodes learn of each other's events from the log", e.GetType().Name);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        _listener?.Dispose();
        _speaker?.Dispose();
    }

    private async Task<ConnectionMultiplexer> ConnectAsync()
    {
        var options = ConfigurationOptions.Parse(_address!);
        options.AbortOnConnectFail = false;
        options.ConnectTimeout = 5000;
        options.SyncTimeout = 5000;
        options.KeepAlive = 5;
        var connection = await ConnectionMultiplexer.ConnectAsync(options);
        // Handlers sort by sequence number themselves, and one that waits must not hold up the others.
        connection.PreserveAsyncOrder = false;
        return connection;
    }

    private async Task SubscribeAsync(ConnectionMultiplexer listener)
    {
        var subscriber = listener.GetSubscriber();
        await subscriber.SubscribeAsync(SelfChannel, (_, _) => Volatile.Write(ref _heardAt, clock.GetTimestamp()), CommandFlags.FireAndForget);
        await subscriber.SubscribeAsync(CheckChannel, OnCheck, CommandFlags.FireAndForget);
        foreach (var session in _listening.Keys)
        {
            await subscriber.SubscribeAsync(ChannelOf(session), OnEvents, CommandFlags.FireAndForget);
        }
    }

    private void OnEvents(RedisChannel channel, RedisValue value)
    {
        try
        {
            byte[] payload = value!;
            if (IsOwn(payload) || !Guid.TryParseExact(((string)channel!)[ChannelPrefix.Length..], "n", out var session))
            {
                return;
            }

            Heard?.Invoke(session, JsonSerializer.Deserialize<List<StreamPosition>>(payload.AsSpan(16), RoomJson.Options)!);
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

    private bool IsOwn(byte[] payload) => payload.Length < 16 || new Guid(payload.AsSpan(0, 16)) == node.NodeId;

    private const string ChannelPrefix = "gt:room:events:";

    private static RedisChannel ChannelOf(Guid session) => $"{ChannelPrefix}{session:n}";

    private void Try(Func<Task> send)
    {
        try
        {
            _ = send().ContinueWith(static t => _ = t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
        catch (Exception e) when (e is RedisException or ObjectDisposedException or TimeoutException or InvalidOperationException)
        {
            log.LogDebug("Redis did not take a publication ({Kind})", e.GetType().Name);
        }
    }
}

/// <summary>A stream reaches at least this far.</summary>
public sealed record StreamPosition(string Stream, long Seq);
