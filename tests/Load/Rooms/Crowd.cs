using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace GroupTherapy.Load.Rooms;

/// <summary>The result of one window of one side.</summary>
internal sealed record Window(
    string Side,
    double Offered,
    int Posts,
    double DeliveredPerSecond,
    double DeliveredShare,
    double P50,
    double P99,
    double AckP50,
    double AckP99,
    double LateP99,
    double ServerCpu,
    double FrontCpu,
    double OtherCpu,
    long Deliveries,
    long OutOfOrder,
    long Gaps,
    int Unanswered,
    int Undelivered,
    int Errors,
    string FirstError
)
{
    /// <summary>Server CPU-seconds per 1,000 deliveries.</summary>
    public double CpuPerThousand => ServerCpu / Deliveries * 1000;

    /// <summary>CPU-seconds of what stands in front per 1,000 deliveries.</summary>
    public double FrontPerThousand => FrontCpu / Deliveries * 1000;

    public string CpuText =>
        FrontCpu > 0 ? $"{CpuPerThousand:0.000} + gateway {FrontPerThousand:0.000} = {CpuPerThousand + FrontPerThousand:0.000}" : $"{CpuPerThousand:0.000}";

    public bool IsVoid => Gaps > 0 || Unanswered > 0 || Undelivered > 0 || Errors > 0;

    public bool IsSustained => !IsVoid && P99 <= 100 && DeliveredShare >= 0.97;
}

/// <summary>Everybody who is connected to one side, and what they saw.</summary>
internal sealed class Crowd(ISide side, Loop loop)
{
    private Traffic? _traffic;
    private int _entering;

    public ISide Side => side;

    public Loop Loop => loop;

    public int In { get; private set; }

    public string FirstError { get; private set; } = "";

    public int Errors { get; private set; }

    public long OutOfOrder { get; private set; }

    public long Gaps { get; private set; }

    /// <summary>Connections that their server ended or lost.</summary>
    public List<Line> Gone { get; } = [];

    /// <summary>Set while a server is killed or clients hang on purpose.</summary>
    public bool ExpectsLoss { get; set; }

    /// <summary>The clients whose deliveries are timed.</summary>
    public Func<Line, bool> CountsFor { get; set; } = static _ => true;

    /// <summary>A hub call as SignalR's JSON protocol writes it.</summary>
    public static string Call(string target, object argument) =>
        JsonSerializer.Serialize(
            new
            {
                type = 1,
                invocationId = "0",
                target,
                arguments = new[] { argument },
            }
        );

    /// <summary>Connects all of them, some at a time, until each has entered.</summary>
    /// <returns>How long it took.</returns>
    public TimeSpan Connect(IReadOnlyList<Line> lines, int atOnce = 64)
    {
        var (began, next, target) = (Loop.Now, 0, In + lines.Count);
        _entering = 0;
        Until(
            () =>
            {
                while (next < lines.Count && _entering < atOnce)
                {
                    _entering++;
                    lines[next++].Open();
                }

                return In >= target;
            },
            TimeSpan.FromSeconds(40),
            $"{lines.Count} people did not come in"
        );
        return Stopwatch.GetElapsedTime(began);
    }

    /// <summary>One window of open-loop traffic, and the time after it in which everything must have come.</summary>
    public Window Run(
        Traffic traffic,
        IReadOnlyDictionary<(int Room, int Person), Line> seats,
        Func<double> serverCpu,
        Func<double> frontCpu,
        Func<double> otherCpu
    )
    {
        var (errors, disorder, gaps) = (Errors, OutOfOrder, Gaps);
        _traffic = traffic;
        traffic.Begin(Loop.Now);
        double cpu = 0,
            front = 0,
            other = 0;
        long deliveredBefore = 0;
        var warm = false;
        loop.Until(
            () =>
            {
                traffic.SendDue(Loop.Now, seats);
                if (!warm && traffic.IsWarm(Loop.Now))
                {
                    (warm, cpu, front, other, deliveredBefore) = (true, serverCpu(), frontCpu(), otherCpu(), traffic.AllDeliveries);
                }

                return traffic.IsOver(Loop.Now);
            },
            TimeSpan.FromHours(1),
            () => traffic.WaitNanoseconds(Loop.Now)
        );
        (cpu, front, other) = (serverCpu() - cpu, frontCpu() - front, otherCpu() - other);
        var deliveries = traffic.AllDeliveries - deliveredBefore;
        loop.Until(() => traffic.IsSettled, TimeSpan.FromSeconds(8));
        _traffic = null;
        return traffic.Result(side.Name, cpu, front, other, deliveries, OutOfOrder - disorder, Gaps - gaps, Errors - errors, FirstError);
    }

    /// <summary>Serves everybody until something holds.</summary>
    /// <exception cref="TimeoutException">It never did.</exception>
    public void Until(Func<bool> fact, TimeSpan limit, string missing)
    {
        if (!loop.Until(fact, limit))
        {
            throw new TimeoutException($"{side.Name}: {missing} ({In} in, {Errors} errors {FirstError})");
        }
    }

    public void Fail(string error) => FirstError = Errors++ == 0 ? error : FirstError;

    internal void CameIn()
    {
        In++;
        _entering--;
    }

    internal void Left(Line line) => In -= line.IsIn ? 1 : 0;

    internal void Lost(Line line)
    {
        Gone.Add(line);
        if (!ExpectsLoss)
        {
            Fail("a connection was lost");
        }
    }

    internal void Ended(ReadOnlySpan<byte> record) => Fail($"ended: {Encoding.UTF8.GetString(record)}");

    internal void Refused(long id, ReadOnlySpan<byte> error)
    {
        Fail(Encoding.UTF8.GetString(error[..Math.Min(error.Length, 160)]));
        _traffic?.Refused(id);
    }

    internal void Acknowledged(long id, long now) => _traffic?.Acknowledged(id, now);

    internal void Saw(Line line, long seq, long last)
    {
        OutOfOrder += seq <= last ? 1 : 0;
        Gaps += side.HasNoGaps && seq > last + 1 && last > 0 ? 1 : 0;
    }

    internal void Delivered(Line line, long message, long now) => _traffic?.Delivered(message, now, CountsFor(line));
}
