using System.Buffers;
using System.Net.WebSockets;
using System.Text;
using GroupTherapy.Room.Sockets;
using Xunit;

namespace GroupTherapy.Room.Tests;

/// <summary>The writer between the hub and a WebSocket.</summary>
public sealed class SocketWriterTests
{
    [Fact]
    public async Task Each_flush_is_one_message_however_much_was_written_before_it()
    {
        var socket = new RecordingSocket();
        var writer = new SocketWriter(socket);
        await writer.WriteAsync("whole"u8.ToArray(), TestContext.Current.CancellationToken);
        writer.Write("in "u8);
        writer.Write(Encoding.UTF8.GetBytes(new string('x', 5000)));
        Assert.Equal(5003, writer.UnflushedBytes);
        await writer.WriteAsync(" parts"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.Equal(["whole", $"in {new string('x', 5000)} parts"], socket.Sent);
        Assert.Equal(0, writer.UnflushedBytes);
    }

    [Fact]
    public async Task A_buffer_that_held_private_text_is_cleared_before_it_returns_to_the_pool()
    {
        var socket = new RecordingSocket();
        var writer = new SocketWriter(socket);
        var secret = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("a private word ", 40)));
        writer.Write(secret);
        var first = writer.GetMemory(1);
        // Growing gives the first buffer back, flushing the second.
        writer.Write(new byte[8192]);
        await writer.FlushAsync(TestContext.Current.CancellationToken);
        Assert.DoesNotContain("private", Encoding.UTF8.GetString(first.Span), StringComparison.Ordinal);
        Assert.DoesNotContain("private", string.Concat(Pooled().Select(Encoding.UTF8.GetString)), StringComparison.Ordinal);
    }

    private static List<byte[]> Pooled()
    {
        List<byte[]> rented = [.. new[] { 512, 1024, 2048, 4096, 8192, 16384 }.Select(ArrayPool<byte>.Shared.Rent)];
        rented.ForEach(b => ArrayPool<byte>.Shared.Return(b));
        return rented;
    }

    private sealed class RecordingSocket : WebSocket
    {
        public List<string> Sent { get; } = [];

        public override WebSocketCloseStatus? CloseStatus => null;

        public override string? CloseStatusDescription => null;

        public override WebSocketState State => WebSocketState.Open;

        public override string? SubProtocol => null;

        public override void Abort()
        {
        }

        public override Task CloseAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken) => Task.CompletedTask;

        public override Task CloseOutputAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken) =>
            Task.CompletedTask;

        public override void Dispose()
        {
        }

        public override Task<WebSocketReceiveResult> ReceiveAsync(ArraySegment<byte> buffer, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public override Task SendAsync(ArraySegment<byte> buffer, WebSocketMessageType messageType, bool endOfMessage, CancellationToken cancellationToken)
        {
            Assert.True(endOfMessage);
            Sent.Add(Encoding.UTF8.GetString(buffer));
            return Task.CompletedTask;
        }
    }
}
