namespace GroupTherapy.Room.Domain;

/// <summary>A crisis line to call now.</summary>
internal static class CrisisLines
{
    public static readonly IReadOnlyList<Line> All = [new("988 Suicide & Crisis Lifeline", "988")];

    public sealed record Line(string Name, string Phone);
}
