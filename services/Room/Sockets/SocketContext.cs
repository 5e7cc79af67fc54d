using System.IO.Pipelines;
using System.Net.WebSockets;
using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.IdentityModel.Tokens;

namespace GroupTherapy.Room.Sockets;

/// <summary>A WebSocket as the hub sees a connection.</summary>
internal sealed class SocketContext : ConnectionContext, IDuplexPipe, IConnectionUserFeature, IConnectionHeartbeatFeature, IHttpContextFeature
{
    // Above the largest frame, so that a frame too large is seen as that instead of stopping the reader.
    private static readonly PipeOptions Incoming = new(
        readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, pauseWriterThreshold: 128 * 1024, resumeWriterThreshold: 64 * 1024,
        useSynchronizationContext: false);

    private readonly WebSocket _socket;
    private readonly Pipe _incoming = new(Incoming);
    private readonly CancellationTokenSource _closed = new();
    private readonly Lock _gate = new();
    private (Action<object> Act, object State)[] _beats = [];

    public SocketContext(HttpContext http, WebSocket socket)
    {
        (_socket, HttpContext, User) = (socket, http, http.User);
        Output = new SocketWriter(socket);
        Features.Set<IConnectionUserFeature>(this);
        Features.Set<IConnectionHeartbeatFeature>(this);
        Features.Set<IHttpContextFeature>(this);
        ConnectionClosed = _closed.Token;
        Transport = this;
    }

    public override string ConnectionId { get; set; } = NewId();

    public override IFeatureCollection Features { get; } = new FeatureCollection();

    public override IDictionary<object, object?> Items { get; set; } = new ConnectionItems();

    public override IDuplexPipe Transport { get; set; }

    public HttpContext? HttpContext { get; set; }

    public ClaimsPrincipal? User { get; set; }

    public PipeReader Input => _incoming.Reader;

    public PipeWriter Output { get; }

    /// <summary>128 random bits, so that no client can guess another's.</summary>
    public static string NewId() => Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(16));

    public void OnHeartbeat(Action<object> action, object state)
    {
        lock (_gate)
        {
            _beats = [.. _beats, (action, state)];
        }
    }

    public void Beat()
    {
        foreach (var (act, state) in _beats)
        {
            act(state);
        }
    }

    /// <summary>Hands what the client sends to the hub until either has enough. Never fails.</summary>
    public async Task ReceiveAsync()
    {
        try
        {
            while (true)
            {
                // Nothing is set aside for a socket that says nothing.
                var waiting = await _socket.ReceiveAsync(Memory<byte>.Empty, CancellationToken.None);
                if (waiting.MessageType == WebSocketMessageType.Close)
                {
                    break;
                }

                var received = await _socket.ReceiveAsync(_incoming.Writer.GetMemory(), CancellationToken.None);
                if (received.MessageType == WebSocketMessageType.Close)
                {
                    break;
                }

                _incoming.Writer.Advance(received.Count);
                if ((await _incoming.Writer.FlushAsync()).IsCompleted)
                {
                    // The hub has said its last word; only the client's farewell is still waited for.
                    await DiscardAsync();
                    break;
                }
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException or IOException or ConnectionAbortedException)
        {
            // The line is gone, or its client has not answered a ping; the hub only learns that it ended. What is still being written to it must not wait for
            // ever.
            HttpContext?.Abort();
        }

        await _incoming.Writer.CompleteAsync();
    }

    public override void Abort(ConnectionAbortedException abortReason)
    {
        HttpContext?.Abort();
        _closed.Cancel();
    }

    public override async ValueTask DisposeAsync()
    {
        await _closed.CancelAsync();
        _closed.Dispose();
        await base.DisposeAsync();
    }

    private async Task DiscardAsync()
    {
        var rest = new byte[1024];
        while ((await _socket.ReceiveAsync(rest.AsMemory(), CancellationToken.None)).MessageType != WebSocketMessageType.Close)
        {
        }
    }
}
