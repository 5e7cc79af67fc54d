using System.Globalization;
using GroupTherapy.Load.Rooms;

namespace GroupTherapy.Load.Seats;

/// <summary>A line while it runs, every round as a row of a file, and the table: medians over the rounds, with the ratios that are the point of it.</summary>
internal sealed class SeatRows
{
    private readonly string _path;
    private readonly List<(string Side, string Part, double PerSecond, double P50, double P99, double Last)> _rounds = [];
    private readonly List<string> _delays = [];
    private readonly List<string> _faults = [];
    private long _oversold;

    public SeatRows(string path)
    {
        _path = path;
        File.WriteAllText(path, "side,part,round,per-second,seated,in-line,failed,p50ms,p99ms,seconds,server-cpu-s,machine-cpu-s,behind-seconds\n");
    }

    /// <summary>Nothing was sold twice, nothing that was answered is missing, and everybody was answered.</summary>
    public bool Sound => _oversold == 0 && _faults.Count == 0;

    public static void Progress(string text) => Console.Error.WriteLine(text);

    /// <param name="seated">What the database says.</param>
    /// <param name="cpu">CPU-seconds of the server, and of everything on this machine, strangers included.</param>
    /// <param name="behind">How long after the last answer messages and audit links were done too.</param>
    public void Row(string side, string part, int round, Rush rush, long seated, (double Server, double All) cpu, TimeSpan behind)
    {
        var (p50, p99) = (rush.Latencies.Milliseconds(0.5), rush.Latencies.Milliseconds(0.99));
        if (rush.Failed > 0 || seated != rush.Seated)
        {
            _faults.Add($"{side}, {part}, round {round}: {rush.Failed} failed, {rush.Seated} told that they have a seat, {seated} have one");
        }

        Write(side, part, round, rush.PerSecond, rush.Seated, rush.InLine, rush.Failed, p50, p99, rush.Seconds, cpu, behind.TotalSeconds);
        if (round > 0)
        {
            _rounds.Add((side, part, rush.PerSecond, p50, p99, rush.Seconds * 1000));
        }
    }

    public void Rate(string side, string part, int round, double perSecond)
    {
        Write(side, part, round, perSecond, 0, 0, 0, double.NaN, double.NaN, double.NaN, default, 0);
        _rounds.Add((side, part, perSecond, double.NaN, double.NaN, double.NaN));
    }

    public void Delay(string what, Histogram delays)
    {
        Write(what, "promotion", 1, double.NaN, (int)delays.Count, 0, 0, delays.Milliseconds(0.5), delays.Milliseconds(0.99), double.NaN, default, 0);
        _delays.Add(
            string.Create(
                CultureInfo.InvariantCulture,
                $"  {what,-42} {delays.Count,8} seats   p50 {delays.Milliseconds(0.5),7:0.0} ms   p99 {delays.Milliseconds(0.99),7:0.0} ms"
            )
        );
    }

    public void Oversold(string side, long seats)
    {
        _oversold += seats;
        if (seats > 0)
        {
            _faults.Add($"{side}: {seats} seats oversold or miscounted");
        }
    }

    public void Print(TimeSpan took, int clients, int groups)
    {
        Console.WriteLine();
        Console.WriteLine(
            $"Median of the rounds; {clients} clients in a closed loop on one group and on {groups}, rushes from the instant in which all ask " + $"at once."
        );
        foreach (
            var group in _rounds
                .GroupBy(r => (r.Part, r.Side))
                .OrderBy(g =>
                    g.Key.Part == "hot" ? 0
                    : g.Key.Part == "spread" ? 1
                    : 2
                )
                .ThenBy(g => g.Key.Part, StringComparer.Ordinal)
        )
        {
            var rate = Median(group.Select(r => r.PerSecond));
            var (p50, p99) = (Median(group.Select(r => r.P50)), Median(group.Select(r => r.P99)));
            var latency = double.IsNaN(p50) ? "" : string.Create(CultureInfo.InvariantCulture, $"p50 {p50,7:0.0} ms   p99 {p99,7:0.0} ms");
            var last = group.Key.Part.StartsWith("rush", StringComparison.Ordinal)
                ? string.Create(CultureInfo.InvariantCulture, $"   last {Median(group.Select(r => r.Last)),7:0.0} ms")
                : "";
            Console.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"  {group.Key.Part,-18} {group.Key.Side,-23} {rate,8:0} /s      {latency}{last}")
            );
        }

        _delays.ForEach(Console.WriteLine);
        Ratio("EF Core, for update", "hot", 20);
        Ratio("EF Core, for update", "spread", null);
        Ratio("SQL, for update", "hot", null);
        Ratio("one statement", "hot", null);
        Ratio("pgbench, hot row", "hot", 2);
        Console.WriteLine($"  oversold = {_oversold}");
        _faults.ForEach(f => Console.WriteLine($"  FAULT {f}"));
        Console.WriteLine($"rows: {_path}; {took.TotalSeconds:0} s");
    }

    private void Ratio(string other, string part, double? goal)
    {
        var (ours, theirs) = (RateOf("ours", part), RateOf(other, part));
        if (ours > 0 && theirs > 0)
        {
            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"  ours : {other}, {part,-32} {ours / theirs,6:0.0} x{(goal is { } g ? $"   goal {g:0} x" : "")}"
                )
            );
        }
    }

    private double RateOf(string side, string part) =>
        _rounds.Where(r => r.Side == side && r.Part == part).Select(r => r.PerSecond).ToList() is { Count: > 0 } rates ? Median(rates) : 0;

    private static double Median(IEnumerable<double> values) => values.Order().ToList() is var sorted ? sorted[sorted.Count / 2] : double.NaN;

    private void Write(
        string side,
        string part,
        int round,
        double perSecond,
        int seated,
        int inLine,
        int failed,
        double p50,
        double p99,
        double seconds,
        (double Server, double All) cpu,
        double behind
    )
    {
        object[] fields =
        [
            side.Replace(",", "", StringComparison.Ordinal),
            part.Replace(",", "", StringComparison.Ordinal),
            round,
            perSecond,
            seated,
            inLine,
            failed,
            p50,
            p99,
            seconds,
            cpu.Server,
            cpu.All,
            behind,
        ];
        File.AppendAllText(
            _path,
            string.Join(',', fields.Select(f => f is double d ? d.ToString("0.###", CultureInfo.InvariantCulture) : f.ToString())) + "\n"
        );
        Progress(
            string.Create(
                CultureInfo.InvariantCulture,
                $"  {part,-18} {side,-22} {perSecond,8:0} /s   seated {seated,6} in line {inLine,6} failed {failed}   p50 {p50,7:0.0} p99 {p99,7:0.0} ms   "
                    + $"{seconds:0.00} s, cpu ms each {1000 * cpu.Server / (seated + inLine):0.00} of {1000 * cpu.All / (seated + inLine):0.00}, behind "
                    + $"{behind:0.0} s"
            )
        );
    }
}
