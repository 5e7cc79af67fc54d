using System.Diagnostics;
using System.Globalization;
using GroupTherapy.Load.Rooms;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.Load.Seats;

/// <summary>A popular group opens: reservations through the real service beside the obvious ways and PostgreSQL's own benchmark, by turns, on the same
/// engines.</summary>
internal static class SeatsVerb
{
    public const string Help = """
        reservations per second on one hot group and on 100, a rush, and how soon a seat passes on; beside EF, plain SQL and pgbench, by turns
                       --rounds 3 --seconds 3 --clients 32 --groups 100 --askers 20000 (at most, in a round) --rush 400 --promotions 60 --rows FILE
                       --only SIDE,... (ours, EF Core, SQL, one statement, pgbench) --no-bus --no-keys
        """;

    private sealed record Options
    {
        public int Rounds { get; set; } = 3;
        public double Seconds { get; set; } = 3;
        public int Clients { get; set; } = 32;
        public int Groups { get; set; } = 100;
        public int Askers { get; set; } = 20_000;
        public int Rush { get; set; } = 400;
        public int Promotions { get; set; } = 60;
        public bool Bus { get; set; } = true;
        public bool Keys { get; set; } = true;
        public string[] Only { get; set; } = [];
        public string Rows { get; set; } = Path.Combine(Path.GetTempPath(), "seats.csv");

        public bool Wants(string side) => Only.Length == 0 || Only.Any(o => side.StartsWith(o, StringComparison.Ordinal));
    }

    public static async Task<int> RunAsync(string[] args)
    {
        Options options;
        try
        {
            options = Parse(args);
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 2;
        }

        var watch = Stopwatch.StartNew();
        SeatRows.Progress("starting engines and servers");
        var admin = await Engines.PostgresAsync(durable: true);
        var rabbit = options.Bus ? await Engines.RabbitAsync() : null;
        var sides = new List<ISeats>();
        if (options.Wants("ours"))
        {
            sides.Add(await OurSeats.StartAsync(rabbit, options.Keys));
        }

        sides.AddRange((await PlainSeats.StartAsync(admin)).Where(s => options.Wants(s.Name)));
        var rows = new SeatRows(options.Rows);

        // Everybody's first requests are compiled and planned while they run.
        foreach (var side in sides)
        {
            await RoundAsync(side, rows, options, 0, "warm-up", 10, 1_000);
        }

        for (var round = 1; round <= options.Rounds; round++)
        {
            foreach (var side in sides)
            {
                await RoundAsync(side, rows, options, round, "hot", 1, 1_000_000);
                await RoundAsync(side, rows, options, round, "spread", options.Groups, 1_000_000);
            }

            if (options.Wants("pgbench"))
            {
                rows.Rate("pgbench, hot row", "hot", round, await Pgbench.RunAsync(admin, options.Clients, TimeSpan.FromSeconds(options.Seconds)));
            }

            foreach (var side in sides.Where(s => s.Name is "ours" || s.Name.StartsWith("EF", StringComparison.Ordinal)))
            {
                await RushAsync(side, rows, options, round, "rush, a seat each", options.Rush);
                await RushAsync(side, rows, options, round, "rush for 12 seats", 12);
            }
        }

        if (options.Promotions > 0 && options.Wants("ours"))
        {
            SeatRows.Progress("promotion");
            await using var quick = await OurSeats.StartAsync(rabbit, options.Keys, seatHold: 2);
            var promotion = new Promotion(quick);
            rows.Delay("given back, then offered on", await promotion.WhenGivenBackAsync(options.Promotions));
            rows.Delay("expired, then offered on", await promotion.WhenExpiredAsync(options.Promotions));
            rows.Oversold("ours, promotions", await quick.OversoldAsync());
        }

        foreach (var side in sides)
        {
            rows.Oversold(side.Name, await side.OversoldAsync());
        }

        rows.Print(watch.Elapsed, options.Clients, options.Groups);
        foreach (var side in sides)
        {
            await side.DisposeAsync();
        }

        return rows.Sound ? 0 : 1;
    }

    private static async Task RoundAsync(ISeats side, SeatRows rows, Options options, int round, string part, int groups, int seats)
    {
        // A slow side needs no more people than it can answer.
        var askers = side.Name == "ours" || side.Name.StartsWith("one", StringComparison.Ordinal) ? options.Askers : options.Askers / 4;
        var ids = await side.OpenAsync(groups, seats);
        var requests = await side.RequestsAsync(ids, part == "warm-up" ? askers / 10 : askers);
        await TellAsync(side, rows, round, part, ids, () => Asker.LoopAsync(side.Address, requests, options.Clients, TimeSpan.FromSeconds(options.Seconds)));
    }

    private static async Task RushAsync(ISeats side, SeatRows rows, Options options, int round, string part, int seats)
    {
        var ids = await side.OpenAsync(1, seats);
        var requests = await side.RequestsAsync(ids, options.Rush);
        await TellAsync(side, rows, round, part, ids, () => Asker.AtOnceAsync(side.Address, requests));
    }

    private static async Task TellAsync(ISeats side, SeatRows rows, int round, string part, Guid[] groups, Func<Task<Rush>> ask)
    {
        // The work that follows new groups and people is done before the requests start.
        await side.SettleAsync();
        var (cpu, all) = (side.Cpu, Machine.AllCpu());
        var rush = await ask();
        var used = (Server: side.Cpu - cpu, All: Machine.AllCpu() - all);
        var seated = await side.SeatedAsync(groups);
        var behind = Stopwatch.StartNew();
        await side.SettleAsync();
        rows.Row(side.Name, part, round, rush, seated, used, behind.Elapsed);
    }

    private static Options Parse(string[] args)
    {
        var options = new Options();
        for (var i = 0; i < args.Length; i++)
        {
            string Value() => ++i < args.Length ? args[i] : throw new ArgumentException($"{args[i - 1]} needs a value.");
            int Number() => int.Parse(Value(), CultureInfo.InvariantCulture);
            switch (args[i])
            {
                case "--rounds":
                    options.Rounds = Number();
                    break;
                case "--seconds":
                    options.Seconds = double.Parse(Value(), CultureInfo.InvariantCulture);
                    break;
                case "--clients":
                    options.Clients = Number();
                    break;
                case "--groups":
                    options.Groups = Number();
                    break;
                case "--askers":
                    options.Askers = Number();
                    break;
                case "--rush":
                    options.Rush = Number();
                    break;
                case "--promotions":
                    options.Promotions = Number();
                    break;
                case "--only":
                    options.Only = Value().Split(',');
                    break;
                case "--rows":
                    options.Rows = Value();
                    break;
                case "--no-bus":
                    options.Bus = false;
                    break;
                case "--no-keys":
                    options.Keys = false;
                    break;
                default:
                    throw new ArgumentException($"There is no option {args[i]}.");
            }
        }

        return options;
    }
}
