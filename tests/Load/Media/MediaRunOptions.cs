using System.Globalization;

namespace GroupTherapy.Load.Media;

/// <summary>What one run does.</summary>
internal sealed record MediaRunOptions
{
    public IReadOnlyList<string> Parts { get; init; } = ["rooms", "enter", "acts", "failover"];

    public int People { get; init; } = 12;

    /// <summary>Rooms are added until packets are lost, or there are this many.</summary>
    public int MostRooms { get; init; } = 6;

    /// <summary>Of one window.</summary>
    public double Seconds { get; init; } = 10;

    /// <summary>Times that each newcomer enters.</summary>
    public int Visits { get; init; } = 5;

    /// <summary>People in a room whose media server dies.</summary>
    public int Few { get; init; } = 3;

    public static MediaRunOptions Parse(string[] args)
    {
        var options = new MediaRunOptions();
        for (var i = 0; i < args.Length; i++)
        {
            string Value() => ++i < args.Length ? args[i] : throw new ArgumentException($"{args[i - 1]} needs a value.");
            int Number() => int.Parse(Value(), CultureInfo.InvariantCulture);
            options = args[i] switch
            {
                "--parts" => options with { Parts = Value().Split(',') },
                "--people" => options with { People = Number() },
                "--most-rooms" => options with { MostRooms = Number() },
                "--seconds" => options with { Seconds = Number() },
                "--visits" => options with { Visits = Number() },
                "--few" => options with { Few = Number() },
                _ => throw new ArgumentException($"There is no option {args[i]}."),
            };
        }

        return options;
    }
}
