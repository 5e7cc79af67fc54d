using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace GroupTherapy.Gateway.Sockets;

/// <summary>
/// One thread that serves all spliced connections. It reads each ready socket once into one shared buffer and writes to the other side at once:
/// two system calls per delivery, no thread switch, no buffer per connection.
/// </summary>
internal sealed unsafe class SpliceLoop : IDisposable
{
    private const int EventsAtOnce = 256;
    private const int BufferSize = 64 * 1024;
    private const long WakeUp = 0;

    private readonly int _epoll = Check(Epoll.Create());
    private readonly int _wakeUp = Check(Epoll.CreateWakeUp());
    private readonly ConcurrentDictionary<long, HubSplice> _splices = new();
    private readonly ILogger<SpliceLoop> _log;
    private readonly Thread _thread;
    private readonly Meter _meter = new("GroupTherapy.Gateway");
    private long _lastId;
    private volatile bool _stopping;

    public SpliceLoop(ILogger<SpliceLoop> log)
    {
        _log = log;
        Check(Epoll.Control(_epoll, Epoll.Add, _wakeUp, Epoll.Readable, WakeUp));
        _meter.CreateObservableUpDownCounter("grouptherapy.gateway.hub_connections", () => Count, "{connection}", "Open hub connections of this gateway.");
        _thread = new Thread(Run) { Name = "hub splice", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Open connections.</summary>
    public int Count => _splices.Count;

    /// <returns>The id under which its events arrive. Ids are never reused, so an old event can reach no other connection.</returns>
    public long Add(HubSplice splice)
    {
        var id = Interlocked.Increment(ref _lastId);
        _splices[id] = splice;
        return id;
    }

    public void Remove(long id) => _splices.TryRemove(id, out _);

    /// <summary>Adds, changes or removes what the loop waits for on one of the two sockets of a connection.</summary>
    public void Watch(long id, Socket socket, bool isClient, int operation, uint events)
    {
        var handle = socket.SafeHandle;
        var added = false;
        try
        {
            handle.DangerousAddRef(ref added);
            Check(Epoll.Control(_epoll, operation, (int)handle.DangerousGetHandle(), events, (id << 1) | (isClient ? 1L : 0L)));
        }
        finally
        {
            if (added)
            {
                handle.DangerousRelease();
            }
        }
    }

    public void Dispose()
    {
        _stopping = true;
        var one = 1L;
        _ = Epoll.Write(_wakeUp, &one, sizeof(long));
        _thread.Join();
        _ = Epoll.Close(_epoll);
        _ = Epoll.Close(_wakeUp);
        _meter.Dispose();
    }

    private void Run()
    {
        var events = stackalloc byte[EventsAtOnce * 16];
        var buffer = GC.AllocateUninitializedArray<byte>(BufferSize, pinned: true);
        while (!_stopping)
        {
            var count = Epoll.Wait(_epoll, events, EventsAtOnce, -1);
            if (count < 0 && Marshal.GetLastPInvokeError() != Epoll.Interrupted)
            {
                _log.LogCritical("The hub splice loop cannot wait for sockets (errno {Error})", Marshal.GetLastPInvokeError());
                throw new SocketException(Marshal.GetLastPInvokeError());
            }

            for (var i = 0; i < count; i++)
            {
                var (flags, data) = Epoll.At(events, i);
                if (_splices.TryGetValue(data >> 1, out var splice))
                {
                    splice.OnReady(flags, isClient: (data & 1) != 0, buffer);
                }
            }
        }
    }

    private static int Check(int result) => result >= 0 ? result : throw new SocketException(Marshal.GetLastPInvokeError());
}
