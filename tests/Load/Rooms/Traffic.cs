using System.Diagnostics;
using System.Text;

namespace GroupTherapy.Load.Rooms;

/// <summary>
/// The posts of one window: Poisson arrivals from a fixed seed, each with its instant before anything runs. Latency counts from that instant,
/// so a server that holds up the generator is not forgiven the posts that it delayed.
/// </summary>
internal sealed class Traffic
{
    private static int nextId = 1;

    private readonly TimeSpan _warmUp;
    private readonly TimeSpan _length;
    private readonly int _people;
    private readonly long[] _due;
    private readonly Seat[] _from;
    private readonly int[] _missing;
    private readonly bool[] _answered;
    private readonly byte[] _text;
    private readonly int _firstId;
    private readonly Histogram _latency = new();
    private readonly Histogram _ack = new();
    private readonly Histogram _late = new();
    private long _began;
    private int _next;
    private int _firstMeasured;
    private long _inTime;
    private int _open;

    /// <param name="rate">Deliveries a second; each post has <paramref name="people"/> of them.</param>
    public Traffic(double rate, int rooms, int people, TimeSpan warmUp, TimeSpan length, int seed)
    {
        (_warmUp, _length, _people) = (warmUp, length, people);
        var random = new Random(seed);
        var (due, from) = (new List<long>(), new List<Seat>());
        var (perSecond, t) = (rate / people, 0.0);
        while ((t += -Math.Log(1 - random.NextDouble()) / perSecond) < (warmUp + length).TotalSeconds)
        {
            due.Add((long)(t * Stopwatch.Frequency));
            from.Add(new Seat(random.Next(rooms), random.Next(people), 0));
        }

        (_due, _from) = ([.. due], [.. from]);
        (_missing, _answered) = (new int[_due.Length], new bool[_due.Length]);
        Array.Fill(_missing, people);
        _firstMeasured = Array.FindIndex(_due, d => d >= warmUp.TotalSeconds * Stopwatch.Frequency);
        _firstMeasured = _firstMeasured < 0 ? _due.Length : _firstMeasured;
        _firstId = Interlocked.Add(ref nextId, _due.Length) - _due.Length;
        _text = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("Thank you for saying that, it helps to hear it. ", 3))[..120]);
        Offered = rate;
    }

    public double Offered { get; }

    public long AllDeliveries { get; private set; }

    /// <summary>Everything that was sent was answered and reached everybody.</summary>
    public bool IsSettled => _open == 0;

    public void Begin(long now) => _began = now;

    public bool IsWarm(long now) => now - _began >= _warmUp.TotalSeconds * Stopwatch.Frequency;

    public bool IsOver(long now) => now - _began >= (_warmUp + _length).TotalSeconds * Stopwatch.Frequency;

    public long WaitNanoseconds(long now)
    {
        var next = _next < _due.Length ? _due[_next] : (long)((_warmUp + _length).TotalSeconds * Stopwatch.Frequency);
        return Math.Clamp((_began + next - now) * 1_000_000_000L / Stopwatch.Frequency, 0, 2_000_000);
    }

    public void SendDue(long now, IReadOnlyDictionary<(int Room, int Person), Line> seats)
    {
        Span<byte> json = stackalloc byte[512];
        while (_next < _due.Length && _began + _due[_next] <= now)
        {
            var (n, id) = (_next, _firstId + _next);
            _next++;
            var line = seats[(_from[n].Room, _from[n].Person)];
            if (n >= _firstMeasured)
            {
                _late.Add(Microseconds(now - _began - _due[n]));
            }

            _open += _people + 1;
            _ = System.Text.Unicode.Utf8.TryWrite(
                json,
                $"{{\"type\":1,\"invocationId\":\"{id}\",\"target\":\"Post\",\"arguments\":[{{\"id\":\"m{id}\",\"text\":\"",
                out var length
            );
            _text.CopyTo(json[length..]);
            length += _text.Length;
            "\",\"to\":\"everyone\"}]}"u8.CopyTo(json[length..]);
            line.SendRecord(json[..(length + 20)]);
            now = Loop.Now;
        }
    }

    public void Acknowledged(long id, long now)
    {
        var n = (int)(id - _firstId);
        if (n >= 0 && n < _answered.Length && !_answered[n])
        {
            _answered[n] = true;
            _open--;
            if (n >= _firstMeasured)
            {
                _ack.Add(Microseconds(now - _began - _due[n]));
            }
        }
    }

    public void Refused(long id)
    {
        var n = (int)(id - _firstId);
        if (n >= 0 && n < _answered.Length && !_answered[n])
        {
            _answered[n] = true;
            _open -= 1 + _missing[n];
            _missing[n] = 0;
        }
    }

    public void Delivered(long id, long now, bool counts)
    {
        var n = (int)(id - _firstId);
        if (n < 0 || n >= _missing.Length || _missing[n] == 0)
        {
            return;
        }

        _missing[n]--;
        _open--;
        AllDeliveries++;
        if (n >= _firstMeasured && counts)
        {
            _latency.Add(Microseconds(now - _began - _due[n]));
            _inTime += IsOver(now) ? 0 : 1;
        }
    }

    public Window Result(string side, double cpu, double front, double other, long deliveries, long disorder, long gaps, int errors, string firstError)
    {
        var posts = _due.Length - _firstMeasured;
        return new Window(
            side,
            Offered,
            posts,
            _inTime / _length.TotalSeconds,
            (double)_inTime / Math.Max(1, posts * _people),
            _latency.Milliseconds(0.5),
            _latency.Milliseconds(0.99),
            _ack.Milliseconds(0.5),
            _ack.Milliseconds(0.99),
            _late.Milliseconds(0.99),
            cpu,
            front,
            other,
            deliveries,
            disorder,
            gaps,
            _answered.Take(_next).Count(a => !a),
            _missing.Take(_next).Where((m, n) => m > 0 && _answered[n]).Count(),
            errors,
            firstError
        );
    }

    private static long Microseconds(long ticks) => ticks * 1_000_000 / Stopwatch.Frequency;
}
