using System.Diagnostics;

namespace GroupTherapy.Load.Rooms;

/// <summary>Serves every connection of the generator on one thread: whoever calls <see cref="Until"/>.</summary>
internal sealed unsafe class Loop : IDisposable
{
    private const int Ready = 512;
    private const long Nap = 2_000_000;
    private static readonly TimeSpan PingEvery = TimeSpan.FromSeconds(12);
    private readonly int _epoll = Native.EpollCreate(0);
    private readonly Dictionary<long, Line> _lines = [];
    private readonly byte[] _buffer = new byte[1 << 20];
    private readonly List<Line> _pinged = [];
    private int _nextPing;
    private long _pingedAt = Now;

    public static long Now => Stopwatch.GetTimestamp();

    /// <summary>Serves until something holds.</summary>
    /// <param name="nanoseconds">How long it may sleep when nothing comes; 2 ms when left out.</param>
    /// <returns>False when the time was over first.</returns>
    public bool Until(Func<bool> fact, TimeSpan limit, Func<long>? nanoseconds = null)
    {
        var ready = stackalloc Native.EpollEvent[Ready];
        var began = Now;
        while (!fact())
        {
            if (Stopwatch.GetElapsedTime(began) > limit)
            {
                return false;
            }

            var count = Native.EpollWait(_epoll, ready, Ready, new Native.Span { Nanoseconds = Math.Min(Nap, nanoseconds?.Invoke() ?? Nap) }, 0);
            for (var i = 0; i < count; i++)
            {
                if (_lines.TryGetValue(ready[i].Data, out var line))
                {
                    line.Read(_buffer);
                }
            }

            PingSome();
        }

        return true;
    }

    public void Serve(TimeSpan time) => Until(static () => false, time);

    public void Watch(Line line)
    {
        if (_lines.TryAdd(line.Descriptor, line))
        {
            _pinged.Add(line);
        }

        var e = new Native.EpollEvent { Events = Native.Readable, Data = line.Descriptor };
        _ = Native.EpollControl(_epoll, Native.Add, line.Descriptor, ref e);
    }

    public void Unwatch(Line line)
    {
        var e = default(Native.EpollEvent);
        _ = Native.EpollControl(_epoll, Native.Delete, line.Descriptor, ref e);
        _lines.Remove(line.Descriptor);
        _pinged.Remove(line);
    }

    public void Dispose() => _ = Native.Close(_epoll);

    // Clients that only listen must say now and then that they live.
    private void PingSome()
    {
        var each = (long)(PingEvery.TotalSeconds * Stopwatch.Frequency / Math.Max(1, _pinged.Count));
        for (var now = Now; now - _pingedAt >= each && _pinged.Count > 0; _pingedAt += each)
        {
            var line = _pinged[_nextPing++ % _pinged.Count];
            if (line.IsIn)
            {
                line.SendPing();
            }
        }

        _pingedAt = _pinged.Count == 0 ? Now : _pingedAt;
    }
}
