using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace GroupTherapy.Room.Media;

/// <summary>This process's one connection to the WebSocket API of a node; all sessions share it. It connects again by itself.</summary>
internal sealed class JanusSocket(MediaNodeOptions node, ILogger log, TimeProvider clock) : IAsyncDisposable
{
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MostWait = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, (TaskCompletionSource<JsonElement> Answer, bool SkipsAck)> _pending = new();
    private readonly ConcurrentDictionary<long, Action<JsonElement>> _sessions = new();
    private readonly SemaphoreSlim _sending = new(1);
    private readonly CancellationTokenSource _stop = new();

    // A repeated message is not harmless here, so nothing is asked again.
    private readonly ResiliencePipeline _calls = new ResiliencePipelineBuilder { Name = $"media signalling {node.Name}" }
        .AddCircuitBreaker(
            new CircuitBreakerStrategyOptions
            {
                FailureRatio = 0.5,
                MinimumThroughput = 6,
                SamplingDuration = TimeSpan.FromSeconds(5),
                BreakDuration = TimeSpan.FromSeconds(1),
                ShouldHandle = new PredicateBuilder().Handle<IOException>().Handle<TimeoutRejectedException>(),
            }
        )
        .AddTimeout(new TimeoutStrategyOptions { Timeout = AnswerWithin })
        .Build();

    private volatile ClientWebSocket? _open;
    private Task _running = Task.CompletedTask;
    private bool _isDisposed;

    /// <summary>Raised after each connection that was made, and (false) after each that was lost.</summary>
    public event Action<bool>? Connected;

    public bool IsOpen => _open is not null;

    public void Start() => _running = RunAsync(_stop.Token);

    /// <summary>Events of this session come here from now on, one after the other.</summary>
    public void Listen(long session, Action<JsonElement> handler) => _sessions[session] = handler;

    public void Forget(long session) => _sessions.TryRemove(session, out _);

    /// <summary>Nothing that was asked so far is waited for any more.</summary>
    public void GiveUp()
    {
        foreach (var (answer, _) in _pending.Values)
        {
            answer.TrySetException(new IOException("the node is down"));
        }
    }

    /// <param name="skipsAck">The answer is an event; the acknowledgement before it says nothing.</param>
    /// <exception cref="JanusException">Janus refused.</exception>
    /// <exception cref="MediaException">Janus is away.</exception>
    public async Task<JsonElement> AskAsync(JsonObject message, bool skipsAck, CancellationToken ct)
    {
        var transaction = Guid.CreateVersion7().ToString("n");
        message["transaction"] = transaction;
        message["apisecret"] = node.ApiSecret;
        var bytes = JsonSerializer.SerializeToUtf8Bytes(message);
        var answer = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            return JanusException.Check(
                await _calls.ExecuteAsync(
                    async token =>
                    {
                        var socket = _open ?? throw new IOException("not connected");
                        _pending[transaction] = (answer, skipsAck);
                        await SendAsync(socket, bytes, token);
                        return await answer.Task.WaitAsync(token);
                    },
                    ct
                )
            );
        }
        catch (Exception e) when (e is IOException or WebSocketException or TimeoutRejectedException or BrokenCircuitException or ObjectDisposedException)
        {
            throw new MediaException($"Media node {node.Name} does not answer", isRefusal: false, e);
        }
        finally
        {
            _pending.TryRemove(transaction, out _);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            // Known to the container under two names.
            return;
        }

        await _stop.CancelAsync();
        _open?.Abort();
        await _running;
        _stop.Dispose();
        _sending.Dispose();
    }

    private async Task SendAsync(ClientWebSocket socket, byte[] bytes, CancellationToken ct)
    {
        await _sending.WaitAsync(ct);
        try
        {
            // A send that is cancelled in the middle breaks the connection for all callers: it is left to end by itself.
            await socket.SendAsync(bytes, WebSocketMessageType.Text, true, CancellationToken.None).WaitAsync(ct);
        }
        catch (WebSocketException e)
        {
            throw new IOException("connection lost", e);
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task RunAsync(CancellationToken ct)
    {
        for (var wait = FirstWait; !ct.IsCancellationRequested;)
        {
            using var socket = new ClientWebSocket();
            socket.Options.AddSubProtocol("janus-protocol");
            try
            {
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
                limit.CancelAfter(AnswerWithin);
                await socket.ConnectAsync(node.WebSocket, limit.Token);
                (_open, wait) = (socket, FirstWait);
                Connected?.Invoke(true);
                await ReadAsync(socket, ct);
            }
            catch (Exception e) when (e is WebSocketException or IOException or OperationCanceledException or JsonException)
            {
                log.LogDebug("Media node {Node}: {Error}", node.Name, e.GetType().Name);
            }

            if (Interlocked.Exchange(ref _open, null) is not null)
            {
                GiveUp();
                Connected?.Invoke(false);
            }

            try
            {
                await Task.Delay(wait, clock, ct);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            wait = wait * 2 < MostWait ? wait * 2 : MostWait;
        }
    }

    private async Task ReadAsync(ClientWebSocket socket, CancellationToken ct)
    {
        var (buffer, frame) = (new byte[32 * 1024], new MemoryStream());
        while (true)
        {
            var read = await socket.ReceiveAsync(buffer, ct);
            if (read.MessageType == WebSocketMessageType.Close)
            {
                return;
            }

            frame.Write(buffer, 0, read.Count);
            if (read.EndOfMessage)
            {
                using var json = JsonDocument.Parse(frame.GetBuffer().AsMemory(0, (int)frame.Length));
                Handle(json.RootElement.Clone());
                frame.SetLength(0);
            }
        }
    }

    private void Handle(JsonElement message)
    {
        var kind = message.TryGetProperty("janus", out var name) ? name.GetString() : null;
        if (message.TryGetProperty("transaction", out var transaction) && _pending.TryGetValue(transaction.GetString() ?? "", out var pending))
        {
            if (kind != "ack" || !pending.SkipsAck)
            {
                pending.Answer.TrySetResult(message);
            }

            return;
        }

        if (message.TryGetProperty("session_id", out var session) && _sessions.TryGetValue(session.GetInt64(), out var handler))
        {
            try
            {
                handler(message);
            }
            catch (Exception e)
            {
                log.LogError("An event of media node {Node} could not be handled ({Kind})", node.Name, e.GetType().Name);
            }
        }
    }
}
