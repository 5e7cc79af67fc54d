using System.Globalization;
using GroupTherapy.History;

namespace GroupTherapy.Load.Faults;

/// <summary>
/// Every fault again and again, each in an evening of its own with fresh rooms and a rush for seats, recorded and judged; a table at the end.
/// </summary>
internal static class FaultsVerb
{
    public const string Help =
        "every fault N times under load, judged: --times 20 [--only KIND,...] [--rooms 3] [--callers 24] [--seed N] [--data DIR of a " + "running deployment]";

    public static async Task<int> RunAsync(string[] args)
    {
        string? Option(string name) => Array.IndexOf(args, name) is var at and >= 0 ? args[at + 1] : null;
        int Number(string name, int usual) => Option(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : usual;
        var (times, rooms, callers, seed) = (Number("--times", 20), Number("--rooms", 3), Number("--callers", 24), Number("--seed", Environment.ProcessId));
        var only = Option("--only")?.Split(',');
        if (only?.Except(GroupTherapy.History.Faults.All.Select(f => f.Kind)).FirstOrDefault() is { } unknown)
        {
            Console.Error.WriteLine($"There is no fault '{unknown}'. There are: {string.Join(' ', GroupTherapy.History.Faults.All.Select(f => f.Kind))}");
            return 2;
        }

        await using var own = await OwnSite.UpAsync(Option("--data"), FaultEvening.Options);
        own.Keep = true;
        var rows = new List<Row>();
        foreach (var fault in GroupTherapy.History.Faults.All.Where(f => only?.Contains(f.Kind) ?? true))
        {
            rows.Add(await EveningAsync(own.Site, fault, times, seed++, rooms, callers));
            // After each, the table so far: it takes hours, and whoever stops it keeps what it found.
            Print(rows);
        }

        own.Keep = rows.Any(r => r.Violations > 0 || r.Note.Length > 0);
        return own.Keep ? 1 : 0;
    }

    private sealed record Row(string Kind, int Runs, int Violations, IReadOnlyList<double> Recoveries, string Note)
    {
        public IReadOnlyDictionary<string, string> Figures { get; init; } = new Dictionary<string, string>();
    }

    private static async Task<Row> EveningAsync(Site site, Fault fault, int times, int seed, int rooms, int callers)
    {
        var runs = 0;
        await using var evening = await FaultEvening.BeginAsync(
            site,
            fault.Kind,
            seed,
            rooms,
            callers,
            say => Console.WriteLine($"[{TimeProvider.System.GetLocalNow():HH:mm:ss}] {fault.Kind} {runs + 1}/{times}: {say}")
        );
        var note = "";
        try
        {
            for (; runs < times; runs++)
            {
                await evening.StrikeAsync(fault, runs);
            }
        }
        catch (TimeoutException e)
        {
            note = e.Message;
        }

        var verdict = await evening.EndAsync(Require(rooms, callers));
        var violations = verdict.Violations.Sum(v => (int)verdict.Report["violations"]![v]!["count"]!);
        if (verdict.Exit == 0 && note.Length == 0)
        {
            File.Delete(evening.HistoryPath);
        }
        else
        {
            note = $"{note} judge: {verdict.Exit} {string.Join(' ', verdict.Violations)}; {evening.HistoryPath}";
        }

        var chat = verdict.Metrics["chat"]!;
        return new Row(fault.Kind, runs, violations, [.. verdict.Recoveries.Select(r => r.Seconds).Order()], note)
        {
            Figures = new Dictionary<string, string>
            {
                ["acked"] = $"{chat["acked"]}",
                ["unknown"] = $"{chat["unknown_outcome"]}",
                ["lost"] = $"{chat["lost_acked"]}",
                ["seats"] = $"{verdict.Metrics["seats"]!["granted"]}",
            },
        };
    }

    private static string Require(int rooms, int callers) =>
        string.Join(
            ',',
            [.. rooms > 0 ? ["chat", "private", "facilitator"] : Array.Empty<string>(), .. callers > 0 ? ["seats", "waitlist"] : Array.Empty<string>(), "fault"]
        );

    private static void Print(List<Row> rows)
    {
        Console.WriteLine();
        Console.WriteLine($"{"fault",-24}{"runs",5}{"violations",12}{"recovery p50",14}{"max",8}{"acked",8}{"unknown",9}{"lost",6}{"seats",7}");
        foreach (var row in rows)
        {
            var (p50, most) = row.Recoveries.Count == 0 ? (0, 0) : (row.Recoveries[(row.Recoveries.Count - 1) / 2], row.Recoveries[^1]);
            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{row.Kind,-24}{row.Runs,5}{row.Violations,12}{p50,12:0.0} s{most,6:0.0} "
                        + $"s{row.Figures["acked"],8}{row.Figures["unknown"],9}{row.Figures["lost"],6}{row.Figures["seats"],7}  {row.Note}"
                )
            );
        }
    }
}
