using System.Text.Json;
using System.Text.Json.Serialization;

namespace GroupTherapy.Host.Demo;

internal sealed record DemoWeek(int Week, string Title, string Guidance, IReadOnlyList<string> Skills, string Homework);

/// <summary>A group of the demonstration, as <c>catalogue.json</c> describes it.</summary>
internal sealed record DemoGroup(
    string Practice,
    string Topic,
    string ServiceClass,
    string Name,
    string Lead,
    DayOfWeek Day,
    string LocalTime,
    int Capacity,
    IReadOnlyList<DemoWeek> Program
)
{
    /// <summary>Twelve weeks, or as many as the program has.</summary>
    private int Weeks => Math.Max(12, Program.Count);

    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    public string TimeZone { get; init; } = "America/New_York";

    public static IReadOnlyList<DemoGroup> All()
    {
        using var stream =
            typeof(DemoGroup).Assembly.GetManifestResourceStream("catalogue.json") ?? throw new InvalidOperationException("catalogue.json is not embedded.");
        return JsonSerializer.Deserialize<List<DemoGroup>>(stream, Format) ?? [];
    }

    /// <summary>The body of <c>POST /api/practices/{id}/programs</c>: the group's program, for other groups to begin with.</summary>
    public object ProgramRequest() =>
        new
        {
            Title = Name,
            Topic,
            Program,
        };

    /// <summary>The body of <c>POST /api/groups</c>: from the first such weekday, today included.</summary>
    public object Request(Guid facilitatorId, Guid programId, DateOnly today) =>
        new
        {
            Practice,
            Name,
            Topic,
            ServiceClass,
            Capacity,
            MinimumAge = 18,
            FacilitatorId = facilitatorId,
            CoFacilitatorIds = Array.Empty<Guid>(),
            Schedule = new
            {
                StartsOn = FirstOn(today).ToString("yyyy-MM-dd"),
                LocalTime,
                TimeZone,
                DurationMinutes = 60,
                Weeks = (int?)Weeks,
            },
            ProgramId = programId,
        };

    private DateOnly FirstOn(DateOnly today) => today.AddDays(((int)Day - (int)today.DayOfWeek + 7) % 7);
}
