using System.Globalization;

namespace GroupTherapy.Load.Rooms;

/// <summary>What one run does.</summary>
internal sealed record EveningOptions
{
    public int Rooms { get; init; } = 100;

    public int People { get; init; } = 12;

    /// <summary>Of one window, without its warm-up.</summary>
    public double Seconds { get; init; } = 20;

    public double WarmUp { get; init; } = 5;

    /// <summary>Windows per rate and side, taken by turns.</summary>
    public int Windows { get; init; } = 3;

    /// <summary>Deliveries a second, rising.</summary>
    public IReadOnlyList<double> Rates { get; init; } = [2400, 4800, 7200, 9600, 12000, 14400, 19200, 24000, 28800, 33600, 40800];

    /// <summary>At which all sides are compared under the same load; the first of <see cref="Rates"/> when empty.</summary>
    public IReadOnlyList<double> EqualRates { get; init; } = [];

    public IReadOnlyList<string> Parts { get; init; } = ["idle", "equal", "capacity", "ack", "slow", "join", "storm"];

    public IReadOnlyList<string> Sides { get; init; } = ["ours", "plain"];

    public int Idle { get; init; } = 2400;

    /// <summary>All people of a room on one process, as the gateway sends them, instead of spread over both.</summary>
    public bool Together { get; init; }

    /// <summary>Clients of ours come to the gateway's port; the plain hub is reached directly beside it.</summary>
    public bool ThroughGateway { get; init; }

    /// <summary>The gateway's program; the one built with this when null. Another build's shows what a change of the gateway alone comes to.</summary>
    public string? Gateway { get; init; }

    /// <summary>PostgreSQL without fsync and synchronous commits: what durability costs, never what is shipped.</summary>
    public bool Durable { get; init; } = true;

    public int Seed { get; init; } = 20261122;

    public string Rows { get; init; } = Path.Combine(Path.GetTempPath(), "evening.csv");

    public static EveningOptions Parse(string[] args)
    {
        var options = new EveningOptions();
        for (var i = 0; i < args.Length; i++)
        {
            string Value() => ++i < args.Length ? args[i] : throw new ArgumentException($"{args[i - 1]} needs a value.");
            double Number() => double.Parse(Value(), CultureInfo.InvariantCulture);
            options = args[i] switch
            {
                "--rooms" => options with { Rooms = (int)Number() },
                "--people" => options with { People = (int)Number() },
                "--seconds" => options with { Seconds = Number() },
                "--warm-up" => options with { WarmUp = Number() },
                "--windows" => options with { Windows = (int)Number() },
                "--rates" => options with { Rates = [.. Value().Split(',').Select(r => double.Parse(r, CultureInfo.InvariantCulture))] },
                "--equal" => options with { EqualRates = [.. Value().Split(',').Select(r => double.Parse(r, CultureInfo.InvariantCulture))] },
                "--parts" => options with { Parts = Value().Split(',') },
                "--sides" => options with { Sides = Value().Split(',') },
                "--idle" => options with { Idle = (int)Number() },
                "--together" => options with { Together = true },
                "--through" => options with { ThroughGateway = Value() == "gateway" ? true : throw new ArgumentException("--through knows gateway alone.") },
                "--gateway" => options with { Gateway = Path.GetFullPath(Value()), ThroughGateway = true },
                "--not-durable" => options with { Durable = false },
                "--seed" => options with { Seed = (int)Number() },
                "--rows" => options with { Rows = Value() },
                var unknown => throw new ArgumentException($"There is no option {unknown}."),
            };
        }

        return options.EqualRates.Count > 0 ? options : options with { EqualRates = [options.Rates[0]] };
    }
}
