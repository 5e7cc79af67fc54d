using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using GroupTherapy.Host;
using GroupTherapy.Host.Engines;
using GroupTherapy.Host.Processes;
using GroupTherapy.Load.Rooms;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.Load.Idle;

/// <summary>What a whole deployment with two room nodes costs while nobody uses it: CPU and memory of every process, engines included.</summary>
internal static class IdleVerb
{
    public const string Help = """
        CPU and memory of a whole deployment that nobody uses
                       --checkout DIR (whose deploy/up; this checkout) --window 30 --settle 20 (seconds)
                       --demo (with demonstration data) --data DIR (an existing deployment, left running)
        """;

    private const double GoalPercent = 4;
    private const double GoalMiB = 700;
    private static readonly TimeSpan SettleLimit = TimeSpan.FromMinutes(3);

    public static async Task<int> RunAsync(string[] args)
    {
        var (checkout, window, settle, demo, data) = (Checkout.Root, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(20), false, (string?)null);
        for (var i = 0; i < args.Length; i++)
        {
            string Value() => ++i < args.Length ? args[i] : throw new ArgumentException($"{args[i - 1]} needs a value.");
            switch (args[i])
            {
                case "--checkout":
                    checkout = Path.GetFullPath(Value());
                    break;
                case "--window":
                    window = TimeSpan.FromSeconds(double.Parse(Value(), CultureInfo.InvariantCulture));
                    break;
                case "--settle":
                    settle = TimeSpan.FromSeconds(double.Parse(Value(), CultureInfo.InvariantCulture));
                    break;
                case "--demo":
                    demo = true;
                    break;
                case "--data":
                    data = Path.GetFullPath(Value());
                    break;
                default:
                    Console.Error.WriteLine($"There is no option {args[i]}.");
                    return 2;
            }
        }

        if (data is not null)
        {
            return await MeasureAsync(checkout, data, window, settle);
        }

        data = Engines.Folder("deployment");
        try
        {
            var began = Stopwatch.GetTimestamp();
            await DeployAsync(
                checkout,
                [
                    "up",
                    "--detach",
                    "--data",
                    data,
                    "--port",
                    Engines.FreePort().ToString(CultureInfo.InvariantCulture),
                    "--scale",
                    "room=2",
                    .. demo ? Array.Empty<string>() : ["--no-demo"],
                ]
            );
            Console.WriteLine($"deploy/up took {Stopwatch.GetElapsedTime(began).TotalSeconds:0} s, the build included if there was one");
            return await MeasureAsync(checkout, data, window, settle);
        }
        finally
        {
            await DeployAsync(checkout, ["down", "--data", data]);
        }
    }

    private static async Task<int> MeasureAsync(string checkout, string data, TimeSpan window, TimeSpan settle)
    {
        var processes = await ProcessesAsync(checkout, data);
        await SettledAsync(processes, settle);
        var (before, began, all) = (processes.ToDictionary(p => p.Name, p => Machine.Cpu(Of(p))), Stopwatch.GetTimestamp(), Machine.AllCpu());
        await Task.Delay(window);
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var rows = processes
            .Select(p =>
            {
                var pids = Of(p);
                return (p.Name, Percent: (Machine.Cpu(pids) - before[p.Name]) / seconds * 100, MiB: pids.Sum(Machine.ProportionalKiB) / 1024);
            })
            .ToList();
        var (percent, mib) = (rows.Sum(r => r.Percent), rows.Sum(r => r.MiB));
        Console.WriteLine($"{"process",-16} {"% of a core",12} {"MiB",8}");
        foreach (var row in rows.OrderByDescending(r => r.Percent))
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{row.Name,-16} {row.Percent,12:0.00} {row.MiB,8:0.0}"));
        }

        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{"total",-16} {percent,12:0.00} {mib,8:0.0}   goals: {GoalPercent} % "
                    + $"{(percent <= GoalPercent ? "met" : "missed")}, {GoalMiB} MiB {(mib <= GoalMiB ? "met" : "missed")}"
            )
        );
        Console.WriteLine(
            $"over {seconds:0} s; the rest of the machine used {(Machine.AllCpu() - all) / seconds * 100 - percent:0} % of a core beside it; "
                + $"memory is the proportional set size"
        );
        return 0;
    }

    /// <summary>Waits until starting up is over: two windows in a row of about the same use.</summary>
    private static async Task SettledAsync(IReadOnlyList<(string Name, int Pid)> processes, TimeSpan each)
    {
        double Used() => processes.Sum(p => Machine.Cpu(Of(p)));
        var (began, last, calm) = (Stopwatch.GetTimestamp(), double.MaxValue, 0);
        while (calm < 2 && Stopwatch.GetElapsedTime(began) < SettleLimit)
        {
            var before = Used();
            await Task.Delay(each);
            var used = Used() - before;
            calm =
                used < last * 1.1 && used > last * 0.8 ? calm + 1
                : calm == 0 ? 0
                : calm - 1;
            last = used;
            Report.Progress($"settling: {used / each.TotalSeconds * 100:0.0} % of a core");
        }
    }

    // The host has started all the others.
    private static IReadOnlyList<int> Of((string Name, int Pid) process) => process.Name == "host" ? [process.Pid] : Machine.WithDescendants(process.Pid);

    private static async Task<IReadOnlyList<(string Name, int Pid)>> ProcessesAsync(string checkout, string data)
    {
        var status = JsonDocument.Parse(await DeployAsync(checkout, ["status", "--json", "--data", data])).RootElement;
        List<(string Name, int Pid)> processes =
        [
            .. status
                .GetProperty("processes")
                .EnumerateArray()
                .Select(p =>
                    (
                        Name: p.GetProperty("kind").GetString() == "service"
                            ? $"{p.GetProperty("name")}-{p.GetProperty("instance")}"
                            : p.GetProperty("name").ToString(),
                        p.GetProperty("pid").GetInt32()
                    )
                ),
        ];
        foreach (var hidden in new[] { "epmd", "host" })
        {
            if (Launcher.Running(Path.Combine(data, "pids", hidden)) is { } running)
            {
                processes.Add((hidden, running.Process.Pid));
            }
        }

        return processes;
    }

    private static async Task<string> DeployAsync(string checkout, string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(checkout, "deploy", "run-host"), arguments) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var output = new System.Text.StringBuilder();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            output.AppendLine(line);
            if (arguments[0] != "status")
            {
                Report.Progress($"  {line}");
            }
        }

        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? output.ToString()
            : throw new InvalidOperationException($"deploy/{arguments[0]} ended with {process.ExitCode}: {output}");
    }
}
