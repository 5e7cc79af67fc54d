using System.Diagnostics;
using System.Globalization;
using GroupTherapy.Enrollment.Licensing;

namespace GroupTherapy.Load.Licensing;

/// <summary>What a decision costs, what an impact over a million enrolment-sessions costs, and how many decisions are stored in a second.</summary>
internal static class LicensingVerb
{
    public const string Help =
        "decisions: ns each, an impact over 1,000,000 enrolment-sessions, decisions stored per second (--pairs N --seconds N " + "--not-durable --rows FILE)";

    public static async Task<int> RunAsync(string[] args)
    {
        var (pairs, seconds, durable, path) = (1_000_000, 5.0, true, Path.Combine(Path.GetTempPath(), "licensing.csv"));
        for (var i = 0; i < args.Length; i++)
        {
            string Value() => ++i < args.Length ? args[i] : throw new ArgumentException($"{args[i - 1]} needs a value.");
            switch (args[i])
            {
                case "--pairs":
                    pairs = int.Parse(Value(), CultureInfo.InvariantCulture);
                    break;
                case "--seconds":
                    seconds = double.Parse(Value(), CultureInfo.InvariantCulture);
                    break;
                case "--not-durable":
                    durable = false;
                    break;
                case "--rows":
                    path = Value();
                    break;
                default:
                    throw new ArgumentException($"There is no option {args[i]}.");
            }
        }

        var rows = new Rows(path);
        Decisions(rows, seconds, "plain", Samples.Join("US-FL"));
        Decisions(rows, seconds, "denied elsewhere", Samples.Join("US-TX"));
        Decisions(rows, seconds, "worst known", Samples.Worst());
        Impact(rows, pairs, shared: true);
        Impact(rows, pairs, shared: false);
        foreach (var writers in new[] { 1, 8 })
        {
            await StoredDecisions.MeasureAsync(rows, writers, TimeSpan.FromSeconds(seconds), durable);
        }

        rows.Print();
        return 0;
    }

    // Rounds of a fixed count on one thread. Other processes share the machine, so CPU time is told beside the clock's, and the median round counts.
    private static void Decisions(Rows rows, double seconds, string name, LicensingRequest facts)
    {
        const int Round = 20_000;
        var watch = Stopwatch.StartNew();
        var (wall, cpu, allocated) = (new List<double>(), new List<double>(), 0L);
        for (var round = 0; watch.Elapsed.TotalSeconds < seconds || round < 10; round++)
        {
            var (began, used, bytes) = (Stopwatch.GetTimestamp(), Cpu(), GC.GetAllocatedBytesForCurrentThread());
            for (var n = 0; n < Round; n++)
            {
                GC.KeepAlive(LicensingEngine.Decide(Samples.Rules, facts, facts.At));
            }

            allocated = (GC.GetAllocatedBytesForCurrentThread() - bytes) / Round;

            // The first rounds are compiled again while they run.
            if (round >= 5)
            {
                wall.Add(Stopwatch.GetElapsedTime(began).TotalNanoseconds / Round);
                cpu.Add((Cpu() - used).TotalNanoseconds / Round);
                rows.Raw($"decision {name}", wall.Count, wall[^1], cpu[^1], allocated);
            }

            if (round % 20 == 0)
            {
                Rows.Progress($"decision {name}: round {round}");
            }
        }

        rows.Add($"decision, {name}", $"{Median(wall),8:0} ns", $"{Median(cpu):0} ns of CPU, {allocated} bytes each; goal 2000 ns");
    }

    private static void Impact(Rows rows, int pairs, bool shared)
    {
        static RulesAt Always(CompiledRuleSet rules) =>
            (long _, out long until) =>
            {
                until = long.MaxValue;
                return rules;
            };
        var name = shared ? "runs shared" : "each decided alone";
        _ = new Impact(Always(Samples.Rules), Always(Samples.WithoutFlorida)).Over(Samples.Year(20_000, shared));
        for (var turn = 1; turn <= 3; turn++)
        {
            var before = GC.GetTotalMemory(forceFullCollection: true);
            var (peak, began, used) = (before, Stopwatch.GetTimestamp(), Cpu());
            var impact = new Impact(Always(Samples.Rules), Always(Samples.WithoutFlorida), listed: 10_000);
            foreach (var session in Samples.Year(pairs, shared))
            {
                impact.Add(session);
                if (impact.Evaluated % 50_000 == 0)
                {
                    peak = Math.Max(peak, GC.GetTotalMemory(false));
                    Rows.Progress($"impact, {name}: {impact.Evaluated:N0} of {pairs:N0}");
                }
            }

            var (wall, cpu) = (Stopwatch.GetElapsedTime(began).TotalSeconds, (Cpu() - used).TotalSeconds);
            var after = GC.GetTotalMemory(forceFullCollection: true);
            rows.Raw($"impact {name}", turn, wall, cpu, after - before);
            rows.Add(
                $"impact, {name}, turn {turn}",
                $"{wall,8:0.00} s",
                $"{cpu:0.00} s of CPU, {impact.Evaluated:N0} evaluated, {impact.Lost:N0} lost; memory {before >> 10:N0} KiB before, {peak >> 10:N0} at most,"
                    + $" {after >> 10:N0} after with its lists; goal 2 s"
            );
            GC.KeepAlive(impact);
        }
    }

    private static TimeSpan Cpu() => Environment.CpuUsage.TotalTime;

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}

/// <summary>A line while it runs, raw rows in a file, a table at the end.</summary>
internal sealed class Rows
{
    private readonly List<string> _table = [];
    private readonly string _path;

    public Rows(string path)
    {
        _path = path;
        File.WriteAllText(path, "what,round,clock,cpu,bytes\n");
    }

    public static void Progress(string line) => Console.Error.WriteLine(line);

    public void Raw(string what, int round, double clock, double cpu, long bytes) =>
        File.AppendAllText(_path, string.Create(CultureInfo.InvariantCulture, $"{what},{round},{clock:0.####},{cpu:0.####},{bytes}\n"));

    public void Add(string what, string value, string more)
    {
        _table.Add($"  {what,-42} {value,14}   {more}");
        Progress(_table[^1]);
    }

    public void Print()
    {
        Console.WriteLine();
        foreach (var line in _table)
        {
            Console.WriteLine(line);
        }

        Console.WriteLine($"rows: {_path}");
    }
}
