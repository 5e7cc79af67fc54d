using System.Globalization;

namespace GroupTherapy.Load.Rooms;

/// <summary>The evening: many rooms talk at once, on our service and on the plain hub by turns, on the same engines in the same minutes.</summary>
internal static class EveningVerb
{
    public const string Help = """
        rooms of twelve on two Room processes and on a plain hub, by turns
                       --rooms 100 --people 12 --seconds 20 --warm-up 5 --windows 3 --rates 2400,4800,... (deliveries/s) --equal 2400,9600 --rows FILE
                       --parts idle,equal,capacity,ack,slow,join,storm --sides ours,plain[,unstored][,ours-unstored with --together]
                       --idle 2400 --together --not-durable --seed N
                       --through gateway (clients of ours on the gateway's port) --gateway PROGRAM (another build's) --parts ...,restart (of the gateway)
        """;

    public static async Task<int> RunAsync(string[] args)
    {
        EveningOptions options;
        try
        {
            options = EveningOptions.Parse(args);
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 2;
        }

        await using var evening = await Evening.StartAsync(options);
        var parts = new (string Name, Func<Task> Run)[]
        {
            ("idle", evening.IdleAsync),
            ("equal", evening.EqualAsync),
            ("capacity", evening.CapacityAsync),
            ("ack", evening.AcknowledgementAsync),
            ("slow", evening.SlowReaderAsync),
            ("join", evening.JoinAsync),
            ("storm", evening.StormAsync),
            ("restart", evening.RestartAsync),
        };
        foreach (var (name, run) in parts.Where(p => options.Parts.Contains(p.Name)))
        {
            Report.Progress(name);
            await run();
        }

        evening.Report.Print();
        return 0;
    }
}

/// <summary>The table, and every window as a row of a file.</summary>
internal sealed class Report(string path)
{
    private readonly List<string> _lines = [];
    private bool _begun;

    public static void Progress(string text) => Console.Error.WriteLine(text);

    public void Line(string text)
    {
        _lines.Add(text);
        Progress($"  {text}");
    }

    public void Row(string part, Window w)
    {
        if (!_begun)
        {
            File.WriteAllText(
                path,
                "part,side,offered/s,posts,delivered/s,share,p50ms,p99ms,ackp50ms,ackp99ms,late99ms,"
                    + "server-cpu-s,front-cpu-s,other-cpu-s,deliveries,out-of-order,gaps,unanswered,undelivered,errors,sustained\n"
            );
            _begun = true;
        }

        object[] fields =
        [
            part,
            w.Side,
            w.Offered,
            w.Posts,
            w.DeliveredPerSecond,
            w.DeliveredShare,
            w.P50,
            w.P99,
            w.AckP50,
            w.AckP99,
            w.LateP99,
            w.ServerCpu,
            w.FrontCpu,
            w.OtherCpu,
            w.Deliveries,
            w.OutOfOrder,
            w.Gaps,
            w.Unanswered,
            w.Undelivered,
            w.Errors,
            w.IsSustained,
        ];
        File.AppendAllText(
            path,
            string.Join(',', fields.Select(f => f is double d ? d.ToString("0.####", CultureInfo.InvariantCulture) : f.ToString())) + "\n"
        );
        Progress(
            $"  {w.Side,-16} {w.Offered,7:0}/s offered {w.DeliveredPerSecond,8:0}/s p50 {w.P50,7:0.0} p99 {w.P99,7:0.0} ack "
                + $"{w.AckP50,6:0.00}/{w.AckP99,6:0.00} late {w.LateP99,5:0.0} "
                + $"cpu/1000 {w.CpuText} others {w.OtherCpu:0.0}s disorder {w.OutOfOrder}{Verdict(w)}"
        );
    }

    private static string Verdict(Window w) =>
        w.IsVoid ? $" VOID gaps {w.Gaps} unanswered {w.Unanswered} undelivered {w.Undelivered} errors {w.Errors} {w.FirstError}"
        : w.IsSustained ? " ok"
        : "";

    public void Print()
    {
        Console.WriteLine();
        foreach (var line in _lines)
        {
            Console.WriteLine(line);
        }

        Console.WriteLine($"rows: {path}");
    }
}
