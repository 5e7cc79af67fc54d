using System.Collections.Concurrent;
using System.Net.WebSockets;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Platform.Security;
using GroupTherapy.Room.Delivery;
using GroupTherapy.Room.Domain;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GroupTherapy.Room.Sockets;

/// <summary>
/// Serves a hub over WebSockets and nothing else. What the hub writes goes to the socket in the same call, and what the socket brings goes to the hub: the
/// usual transport puts
/// a pipe and a thread's wake-up between them, each way, for every delivery (decision 0011).
/// </summary>
internal sealed class SocketEndpoint<THub>(HubConnectionHandler<THub> hub, RoomTimes times, ILogger<SocketEndpoint<THub>> log) : BackgroundService
    where THub : Microsoft.AspNetCore.SignalR.Hub
{
    private static readonly TimeSpan BeatEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ClosedWithin = TimeSpan.FromSeconds(5);
    private readonly ConcurrentDictionary<string, SocketContext> _open = new();

    /// <summary>What a client may ask before it connects. It chooses nothing: the connection gets its id when it comes.</summary>
    public static IResult Negotiate()
    {
        var id = SocketContext.NewId();
        return Results.Json(new
        {
            negotiateVersion = 1,
            connectionId = id,
            connectionToken = id,
            availableTransports = new[] { new { transport = "WebSockets", transferFormats = new[] { nameof(TransferFormat.Text) } } },
        });
    }

    public async Task ServeAsync(HttpContext http)
    {
        if (!http.WebSockets.IsWebSocketRequest)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        http.Features.Get<IHttpRequestTimeoutFeature>()?.DisableTimeout();
        // A facilitator's line must be known to be dead within the grace; a member's may take longer, and most of a quiet evening would be pings.
        var handshake = new Handshake(Caller.Of(http), Guid.TryParse(http.Request.Query["session"], out var session) ? session : null);
        var often = handshake.Caller.Is(Roles.Facilitator);
        using var socket = await http.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext
        {
            KeepAliveInterval = often ? times.PingAfter : times.MemberPingAfter,
            KeepAliveTimeout = often ? times.PongWithin : times.MemberPongWithin,
        });
        await ForgetAsync(http);
        await using var connection = new SocketContext(http, socket);
        connection.Features.Set(handshake);
        _open[connection.ConnectionId] = connection;
        var receiving = connection.ReceiveAsync();
        try
        {
            await hub.OnConnectedAsync(connection);
        }
        finally
        {
            _open.TryRemove(connection.ConnectionId, out _);
            await CloseAsync(http, socket, connection, receiving);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(BeatEvery);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            foreach (var connection in _open.Values)
            {
                connection.Beat();
            }
        }
    }

    /// <summary>What the handshake brought along stays in memory as long as the connection does, the token in several copies; who it was for is known by
    /// now.</summary>
    private static async ValueTask ForgetAsync(HttpContext http)
    {
        // One by one: what is cleared as a whole is kept for the next request, and there is none.
        foreach (var name in http.Request.Headers.Keys.ToList())
        {
            http.Request.Headers.Remove(name);
        }

        foreach (var identity in http.User.Identities)
        {
            foreach (var claim in identity.Claims.ToList())
            {
                identity.TryRemoveClaim(claim);
            }
        }

        // Each call of the hub has services of its own.
        if (http.Features.Get<IServiceProvidersFeature>() is IAsyncDisposable scope)
        {
            await scope.DisposeAsync();
        }
    }

    private async Task CloseAsync(HttpContext http, WebSocket socket, SocketContext connection, Task receiving)
    {
        try
        {
            await connection.Transport.Input.CompleteAsync();
            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            {
                await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None).WaitAsync(ClosedWithin);
            }

            // The client's own farewell; who does not say it is cut.
            await receiving.WaitAsync(ClosedWithin);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or TimeoutException or IOException or InvalidOperationException)
        {
            log.LogDebug("A socket was cut ({Kind})", e.GetType().Name);
            http.Abort();
            await receiving;
        }
    }
}
