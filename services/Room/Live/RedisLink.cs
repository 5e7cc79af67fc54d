using System.Collections.Concurrent;
using System.Text.Json;
using GroupTherapy.Room.Log;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace GroupTherapy.Room.Live;

/// <summary>
/// Carries committed events to the other nodes. Nothing depends on it: what it loses, repeats or brings late, the log sets right within a second.
/// </summary>
/// <remarks>
/// Subscriptions have a connection of their own, because the client was seen to lose them while everything else went on; the link therefore listens to itself,
/// subscribes again when it has not heard itself for two seconds, and connects anew when that does not help.
/// </remarks>
public sealed class RedisLink(IConfiguration configuration, TimeProvider clock, ILogger<RedisLink> log) : BackgroundService
{
    private static readonly RedisChannel CheckChannel = RedisChannel.Literal("gt:room:check");
    private static readonly TimeSpan SelfCheckEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SubscribeAgainAfter = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ConnectAgainAfter = TimeSpan.FromSeconds(6);

    private readonly string? _address = configuration["Redis:Connection"];
    private readonly ConcurrentDictionary<Guid, bool> _listening = new();
    private volatile ConnectionMultiplexer? _speaker;
    private volatile ConnectionMultiplexer? _listener;
    private long _heardAt;

    public Guid NodeId { get; } = Guid.CreateVersion7();

    /// <summary>An event list of another node arrived.</summary>
    internal event Action<Guid, IReadOnlyList<StoredEvent>>? Heard;

    /// <summary>Another node asks everybody to look who must go.</summary>
    internal event Action? CheckHeard;

    /// <summary>True while this node hears itself through Redis.</summary>
    public bool IsHearing => _listener is not null && clock.GetElapsedTime(Volatile.Read(ref _heardAt)) < SubscribeAgainAfter;

    private RedisChannel SelfChannel => RedisChannel.Literal($"gt:room:self:{NodeId:n}");

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

    internal void Publish(Guid session, IReadOnlyList<StoredEvent> events)
    {
        if (_speaker is { IsConnected: true } speaker)
        {
            byte[] payload = [.. NodeId.ToByteArray(), .. JsonSerializer.SerializeToUtf8Bytes(events, RoomJson.Options)];
            Try(() => speaker.GetSubscriber().PublishAsync(ChannelOf(session), payload, CommandFlags.FireAndForget));
        }
    }

    internal void PublishCheck()
    {
        if (_speaker is { IsConnected: true } speaker)
        {
            Try(() => speaker.GetSubscriber().PublishAsync(CheckChannel, NodeId.ToByteArray(), CommandFlags.FireAndForget));
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_address is null)
        {
            log.LogInformation("No Redis is set: news between nodes come from the log alone");
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
                log.LogWarning("Redis is away ({Kind}); news between nodes come from the log", e.GetType().Name);
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
        return await ConnectionMultiplexer.ConnectAsync(options);
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

            Heard?.Invoke(session, JsonSerializer.Deserialize<List<StoredEvent>>(payload.AsSpan(16), RoomJson.Options)!);
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

    private bool IsOwn(byte[] payload) => payload.Length < 16 || new Guid(payload.AsSpan(0, 16)) == NodeId;

    private const string ChannelPrefix = "gt:room:events:";

    private static RedisChannel ChannelOf(Guid session) => RedisChannel.Literal($"{ChannelPrefix}{session:n}");

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
