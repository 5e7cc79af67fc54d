using System.Net;
using System.Net.WebSockets;
using System.Text;
using GroupTherapy.Gateway.Sockets;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.Gateway.Tests;

/// <summary>Hub connections whose sockets are spliced: each sees its own bytes, all of them, in order, and ends when the other side does.</summary>
public sealed class HubSpliceTests(Stage stage) : IClassFixture<Stage>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Each_of_many_connections_receives_its_own_bytes_in_order()
    {
        var token = (await stage.SignInAsync()).AccessToken;
        await Task.WhenAll(
            Enumerable
                .Range(0, 40)
                .Select(async connection =>
                {
                    using var limit = new CancellationTokenSource(Limit);
                    using var socket = await ConnectAsync(token, limit.Token);
                    for (var message = 0; message < 25; message++)
                    {
                        var text = $"{connection}:{message}:{new string('x', (message * 977) % 9000)}";
                        await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, limit.Token);
                        Assert.Equal(text, Encoding.UTF8.GetString(await ReceiveAsync(socket, limit.Token)));
                    }
                })
        );
    }

    [Fact]
    public async Task A_slow_reader_holds_its_node_back_and_then_receives_everything()
    {
        const int messages = 400;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var socket = await ConnectAsync((await stage.SignInAsync()).AccessToken, limit.Token);
        await socket.SendAsync(Encoding.UTF8.GetBytes($"flood:{messages}"), WebSocketMessageType.Text, true, limit.Token);
        var last = -1;
        await Eventually.Async(
            () =>
            {
                var (before, now) = (last, Math.Max(stage.Room1.Flooded, stage.Room2.Flooded));
                last = now;
                return Task.FromResult(now > 0 && now == before);
            },
            () => "the node was never held back"
        );
        Assert.InRange(last, 1, messages - 1);
        for (var n = 0; n < messages; n++)
        {
            var bytes = await ReceiveAsync(socket, limit.Token);
            Assert.Equal(64 * 1024, bytes.Length);
            Assert.True(bytes.AsSpan().IndexOfAnyExcept((byte)('a' + n % 26)) < 0, $"message {n} is mixed up");
        }

        Assert.Equal($"flood:{messages}", Encoding.UTF8.GetString(await ReceiveAsync(socket, limit.Token)));
    }

    [Fact]
    public async Task A_node_that_closes_reaches_its_client()
    {
        using var limit = new CancellationTokenSource(Limit);
        using var socket = await ConnectAsync((await stage.SignInAsync()).AccessToken, limit.Token);
        await socket.SendAsync("close"u8.ToArray(), WebSocketMessageType.Text, true, limit.Token);
        Assert.Equal(WebSocketMessageType.Close, (await socket.ReceiveAsync(new byte[16], limit.Token)).MessageType);
    }

    [Fact]
    public async Task A_client_that_vanishes_leaves_no_connection_behind()
    {
        using var limit = new CancellationTokenSource(Limit);
        var loop = stage.Get<SpliceLoop>();
        var token = (await stage.SignInAsync()).AccessToken;
        var sockets = await Task.WhenAll(
            Enumerable
                .Range(0, 10)
                .Select(async _ =>
                {
                    var socket = await ConnectAsync(token, limit.Token);
                    await socket.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, true, limit.Token);
                    await ReceiveAsync(socket, limit.Token);
                    return socket;
                })
        );
        Assert.InRange(loop.Count, 10, int.MaxValue);
        foreach (var socket in sockets)
        {
            socket.Abort();
            socket.Dispose();
        }

        await Eventually.Async(() => Task.FromResult(loop.Count == 0), () => $"{loop.Count} connections are left");
    }

    [Theory]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: a=", "a=")]
    [InlineData("HTTP/1.1 101 x\r\nsec-websocket-accept:a=\r\nX: 1", "a=")]
    [InlineData("HTTP/1.1 401 Unauthorized\r\nSec-WebSocket-Accept: a=", null)]
    [InlineData("HTTP/1.0 101 x\r\nSec-WebSocket-Accept: a=", null)]
    public void Only_a_101_is_an_accepted_upgrade(string head, string? accept) => Assert.Equal(accept, HubConnection.Accepted(head)?["Sec-WebSocket-Accept"]);

    private async Task<ClientWebSocket> ConnectAsync(string token, CancellationToken ct)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", $"Bearer {token}");
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{stage.PublicPort}/hubs/room?session=1&echo=1"), ct);
        return socket;
    }

    private static async Task<byte[]> ReceiveAsync(ClientWebSocket socket, CancellationToken ct)
    {
        var (buffer, all) = (new byte[64 * 1024], new MemoryStream());
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer, ct);
            Assert.NotEqual(WebSocketMessageType.Close, part.MessageType);
            all.Write(buffer, 0, part.Count);
            if (part.EndOfMessage)
            {
                return all.ToArray();
            }
        }
    }
}
