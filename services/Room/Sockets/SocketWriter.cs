using System.Buffers;
using System.IO.Pipelines;
using System.Net.WebSockets;
using GroupTherapy.Platform.Idempotency;

namespace GroupTherapy.Room.Sockets;

/// <summary>
/// Writes to a WebSocket at once: each flush is one text message, and it is over when the socket has taken it. The hub lets one writer write at a time.
/// </summary>
internal sealed class SocketWriter(WebSocket socket) : PipeWriter
{
    private const int Least = 512;
    private byte[] _pending = [];
    private int _length;

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _length;

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        MakeRoom(sizeHint);
        return _pending.AsMemory(_length);
    }

    public override Span<byte> GetSpan(int sizeHint = 0)
    {
        MakeRoom(sizeHint);
        return _pending.AsSpan(_length);
    }

    public override void Advance(int bytes) => _length += bytes;

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        if (_length > 0)
        {
            this.Write(source.Span);
            return FlushAsync(cancellationToken);
        }

        return Sent(Send(source), cancellationToken);
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (_length == 0)
        {
            return default;
        }

        var send = Send(_pending.AsMemory(0, _length));
        _length = 0;
        if (!send.IsCompleted)
        {
            return SentFromPendingAsync(send, cancellationToken);
        }

        GiveBack();
        return Sent(send, cancellationToken);
    }

    public override void CancelPendingFlush()
    {
        // Who wants to go cuts the socket; half a message is none.
    }

    public override void Complete(Exception? exception = null) => GiveBack();

    // Nearly always the socket takes it at once; only a write that has to wait must learn that its caller gave up.
    private ValueTask Send(ReadOnlyMemory<byte> message) => socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);

    private ValueTask<FlushResult> Sent(ValueTask send, CancellationToken ct)
    {
        if (!send.IsCompletedSuccessfully)
        {
            return WaitAsync(send, ct);
        }

        send.GetAwaiter().GetResult();
        return default;
    }

    private async ValueTask<FlushResult> WaitAsync(ValueTask send, CancellationToken ct)
    {
        await using var giveUp = ct.UnsafeRegister(static socket => ((WebSocket)socket!).Abort(), socket);
        await send;
        return default;
    }

    private async ValueTask<FlushResult> SentFromPendingAsync(ValueTask send, CancellationToken ct)
    {
        try
        {
            return await WaitAsync(send, ct);
        }
        finally
        {
            GiveBack();
        }
    }

    private void MakeRoom(int sizeHint)
    {
        var needed = _length + Math.Max(sizeHint, 1);
        if (needed <= _pending.Length)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, Math.Max(Least, _pending.Length * 2)));
        _pending.AsSpan(0, _length).CopyTo(larger);
        var old = _pending;
        _pending = larger;
        if (old.Length > 0)
        {
            // What was in it was for one person.
            ArrayPool<byte>.Shared.Return(old, clearArray: true);
        }
    }

    private void GiveBack()
    {
        var old = _pending;
        (_pending, _length) = ([], 0);
        if (old.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(old, clearArray: true);
        }
    }
}
