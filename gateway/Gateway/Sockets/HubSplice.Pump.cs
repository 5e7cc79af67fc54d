using System.Buffers;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace GroupTherapy.Gateway.Sockets;

/// <content>What the loop's thread does under the gate: carry bytes from the node to the client, and say what to wait for next.</content>
internal sealed partial class HubSplice
{
    private void OnNodeReady(uint events, byte[] buffer)
    {
        var isBroken = (events & (Epoll.Error | Epoll.HungUp)) != 0;
        var handled = false;
        if (_writable is { } writable && (isBroken || (events & Epoll.Writable) != 0))
        {
            _writable = null;
            handled = writable.TrySetResult();
        }

        if (_readable is { } readable && (isBroken || (events & Epoll.Readable) != 0))
        {
            _readable = null;
            handled = readable.TrySetResult();
        }
        else if (_client is not null && _unsent is null && (isBroken || (events & Epoll.Readable) != 0))
        {
            handled = true;
            Pump(buffer);
        }

        if (isBroken && !handled)
        {
            // An event left in place would come back at once, for ever. Bytes that the client has not read yet are lost with the connection.
            End();
        }
    }

    private void Pump(byte[] buffer)
    {
        var received = (int)Epoll.Receive(_node.SafeHandle, buffer);
        if (received > 0)
        {
            SendToClient(buffer.AsSpan(0, received));
        }
        else if (received == 0 || Marshal.GetLastPInvokeError() is not Epoll.WouldBlock)
        {
            End();
        }
    }

    private void SendToClient(ReadOnlySpan<byte> bytes)
    {
        var sent = (int)Epoll.Send(_client!.SafeHandle, bytes);
        if (sent < 0 && Marshal.GetLastPInvokeError() is not Epoll.WouldBlock)
        {
            End();
        }
        else if (bytes[Math.Max(0, sent)..] is { IsEmpty: false } rest)
        {
            _unsent = ArrayPool<byte>.Shared.Rent(rest.Length);
            rest.CopyTo(_unsent);
            (_unsentStart, _unsentEnd) = (0, rest.Length);
        }
    }

    private void SendUnsent()
    {
        if (_unsent is null)
        {
            return;
        }

        var sent = (int)Epoll.Send(_client!.SafeHandle, _unsent.AsSpan(_unsentStart.._unsentEnd));
        if (sent < 0 && Marshal.GetLastPInvokeError() is not Epoll.WouldBlock)
        {
            End();
            return;
        }

        _unsentStart += Math.Max(0, sent);
        if (_unsentStart == _unsentEnd)
        {
            ArrayPool<byte>.Shared.Return(_unsent, clearArray: true);
            _unsent = null;
        }
    }

    /// <summary>Tells the loop what to wait for now.</summary>
    private void Watch()
    {
        if (_isOver)
        {
            return;
        }

        var events = (_readable is not null || (_client is not null && _unsent is null) ? Epoll.Readable : 0) | (_writable is not null ? Epoll.Writable : 0);
        if (!_nodeIsWatched || events != _nodeEvents)
        {
            _loop.Watch(_id, _node, isClient: false, _nodeIsWatched ? Epoll.Change : Epoll.Add, events);
            (_nodeIsWatched, _nodeEvents) = (true, events);
        }

        if (_unsent is not null && !_clientIsWatched)
        {
            _loop.Watch(_id, _client!, isClient: true, Epoll.Add, Epoll.Writable);
            _clientIsWatched = true;
        }
        else if (_unsent is null)
        {
            Unwatch(_client, ref _clientIsWatched, isClient: true);
        }
    }

    private void Unwatch(Socket? socket, ref bool isWatched, bool isClient)
    {
        if (isWatched)
        {
            isWatched = false;
            try
            {
                _loop.Watch(_id, socket!, isClient, Epoll.Remove, 0);
            }
            catch (Exception e) when (e is ObjectDisposedException or SocketException)
            {
                // A closed socket is not watched any more.
            }
        }
    }
}
