using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace GroupTherapy.Gateway.Sockets;

/// <summary>
/// One hub connection: a socket to a room node, spliced to the client's socket. The node's bytes go straight to the client's socket on the thread of the
/// <see cref="SpliceLoop"/>; the client's bytes come through the HTTP server. Nothing is parsed.
/// A client that does not read stops the reading from the node, so one buffer bounds the memory.
/// </summary>
internal sealed partial class HubSplice : IDisposable
{
    private const int CopySize = 16 * 1024;

    private readonly SpliceLoop _loop;
    private readonly Socket _node;
    private readonly long _id;
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Socket? _client;
    private TaskCompletionSource? _readable;
    private TaskCompletionSource? _writable;
    private byte[]? _unsent;
    private int _unsentStart;
    private int _unsentEnd;
    private uint _nodeEvents;
    private bool _nodeIsWatched;
    private bool _clientIsWatched;
    private bool _isOver;

    private HubSplice(SpliceLoop loop, EndPoint node)
    {
        // Never used with the runtime's asynchronous calls: these would wake a second thread for every delivery.
        (_loop, _node) = (loop, new Socket(node.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, Blocking = false });
        _id = loop.Add(this);
    }

    /// <summary>Connects to a node.</summary>
    /// <exception cref="SocketException">The node cannot be reached.</exception>
    public static async Task<HubSplice> ConnectAsync(SpliceLoop loop, EndPoint node, CancellationToken ct)
    {
        var splice = new HubSplice(loop, node);
        try
        {
            try
            {
                splice._node.Connect(node);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
            {
                await splice.ReadyAsync(Epoll.Writable, ct);
                if ((int)splice._node.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)! is var error and not 0)
                {
                    throw new SocketException(error);
                }
            }

            return splice;
        }
        catch
        {
            splice.Dispose();
            throw;
        }
    }

    /// <summary>Sends all of it to the node, and waits while the node does not read.</summary>
    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        while (!bytes.IsEmpty)
        {
            ThrowIfOver();
            var sent = Epoll.Send(_node.SafeHandle, bytes.Span);
            if (sent >= 0)
            {
                bytes = bytes[(int)sent..];
            }
            else if (Marshal.GetLastPInvokeError() is Epoll.WouldBlock)
            {
                await ReadyAsync(Epoll.Writable, ct);
            }
            else
            {
                throw new IOException("The room node closed the connection.");
            }
        }
    }

    /// <summary>Receives from the node before the splice begins.</summary>
    /// <returns>0 when the node closed.</returns>
    public async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken ct)
    {
        while (true)
        {
            ThrowIfOver();
            var received = Epoll.Receive(_node.SafeHandle, buffer.Span);
            if (received >= 0)
            {
                return (int)received;
            }

            if (Marshal.GetLastPInvokeError() is not Epoll.WouldBlock)
            {
                return 0;
            }

            await ReadyAsync(Epoll.Readable, ct);
        }
    }

    /// <summary>
    /// Carries bytes both ways until one side closes or <paramref name="ct"/> fires. The splice begins with the client's first bytes: a client speaks
    /// only after it has read the answer to its upgrade, so nothing can overtake that answer. A node that speaks first is copied through the server.
    /// </summary>
    /// <param name="http">The client's side of the upgraded connection, in the HTTP server.</param>
    /// <param name="client">The client's socket.</param>
    /// <param name="early">Bytes that the node sent right behind its answer.</param>
    /// <param name="closeLimit">How long the node may take to close after the client.</param>
    public async Task RunAsync(Stream http, Socket client, ReadOnlyMemory<byte> early, TimeSpan closeLimit, TimeProvider clock, CancellationToken ct)
    {
        using var end = ct.UnsafeRegister(static splice => ((HubSplice)splice!).End(), this);
        var reader = PipeReader.Create(http, new StreamPipeReaderOptions(leaveOpen: true, useZeroByteReads: true));
        var first = reader.ReadAsync(ct).AsTask();
        Task copying = Task.CompletedTask;
        if (early.IsEmpty && await Task.WhenAny(first, ReadyAsync(Epoll.Readable, ct)) == first)
        {
            Begin(client);
        }
        else
        {
            copying = CopyFromNodeAsync(http, early, ct);
        }

        var sending = SendToNodeAsync(reader, first, ct);
        await Task.WhenAny(sending, _ended.Task);
        if (!_ended.Task.IsCompleted)
        {
            // The client has closed. The node closes next, and its last frames are delivered.
            await Task.WhenAny(_ended.Task, Task.Delay(closeLimit, clock, ct));
        }

        End();
        reader.CancelPendingRead();
        await Task.WhenAll(sending, copying);
        await reader.CompleteAsync();
    }

    public void Dispose()
    {
        End();
        _loop.Remove(_id);
        _node.Dispose();
    }

    /// <summary>Called by the loop when a socket is ready.</summary>
    /// <param name="buffer">The loop's own; free again when this returns.</param>
    internal void OnReady(uint events, bool isClient, byte[] buffer)
    {
        lock (_gate)
        {
            if (_isOver)
            {
                return;
            }

            try
            {
                if (isClient)
                {
                    SendUnsent();
                }
                else
                {
                    OnNodeReady(events, buffer);
                }

                Watch();
            }
            catch (Exception e) when (e is ObjectDisposedException or SocketException)
            {
                // The HTTP server closed the client's socket in between.
                End();
            }
        }
    }

    private async Task SendToNodeAsync(PipeReader reader, Task<ReadResult> first, CancellationToken ct)
    {
        try
        {
            for (var result = await first; !result.IsCanceled && !(result.IsCompleted && result.Buffer.IsEmpty); result = await reader.ReadAsync(ct))
            {
                foreach (var part in result.Buffer)
                {
                    await SendAsync(part, ct);
                }

                reader.AdvanceTo(result.Buffer.End);
            }

            _node.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (IsClosing(e))
        {
            End();
        }
    }

    private async Task CopyFromNodeAsync(Stream http, ReadOnlyMemory<byte> early, CancellationToken ct)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(CopySize);
        try
        {
            await http.WriteAsync(early, ct);
            while (await ReceiveAsync(buffer, ct) is > 0 and var received)
            {
                await http.WriteAsync(buffer.AsMemory(0, received), ct);
            }
        }
        catch (Exception e) when (IsClosing(e))
        {
            // One side is gone; the connection ends.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }

        End();
    }

    private static bool IsClosing(Exception e) =>
        e
            is IOException
                or OperationCanceledException
                or SocketException
                or ObjectDisposedException
                or Microsoft.AspNetCore.Connections.ConnectionAbortedException;

    private void ThrowIfOver()
    {
        if (Volatile.Read(ref _isOver))
        {
            throw new IOException("The connection is closed.");
        }
    }

    private void Begin(Socket client)
    {
        lock (_gate)
        {
            _client = client;
            Watch();
        }
    }

    private void End()
    {
        lock (_gate)
        {
            if (_isOver)
            {
                return;
            }

            _isOver = true;
            Unwatch(_node, ref _nodeIsWatched, isClient: false);
            Unwatch(_client, ref _clientIsWatched, isClient: true);
            if (_unsent is not null)
            {
                ArrayPool<byte>.Shared.Return(_unsent, clearArray: true);
                _unsent = null;
            }

            _readable?.TrySetResult();
            _writable?.TrySetResult();
            _ended.TrySetResult();
        }
    }

    private Task ReadyAsync(uint events, CancellationToken ct)
    {
        lock (_gate)
        {
            if (_isOver)
            {
                return Task.CompletedTask;
            }

            ref var waiting = ref events == Epoll.Readable ? ref _readable : ref _writable;
            waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Watch();
            return waiting.Task.WaitAsync(ct);
        }
    }
}
