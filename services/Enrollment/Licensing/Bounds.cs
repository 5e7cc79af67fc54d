namespace GroupTherapy.Enrollment.Licensing;

/// <summary>The dates, instants and numbers that the engine computes with. A value outside is refused where it enters and counts as unknown where it was
/// stored before.</summary>
public static class Bounds
{
    public const int LongestGraceDays = 366;
    public const int LongestMinutes = 24 * 60;
    public const int LongestDayBudget = 366;
    public const int OldestAge = 120;
    public const int LargestGroup = 500;

    public static DateOnly FirstDay { get; } = new(1900, 1, 1);

    public static DateOnly LastDay { get; } = new(2199, 12, 31);

    public static bool Holds(DateOnly day) => day >= FirstDay && day <= LastDay;

    public static bool Holds(DateTimeOffset instant) => instant.UtcDateTime.Year is >= 1900 and <= 2199;

    /// <summary>Dates and numbers of a document that lie outside, one sentence each, beginning with the row's id.</summary>
    public static IReadOnlyList<string> Problems(RuleSetDocument document)
    {
        var problems = new List<string>();
        foreach (var row in document.Rows())
        {
            foreach (var (field, day) in DaysOf(row).Append(("sourceDate", row.SourceDate)))
            {
                if (day is { } given && !Holds(given))
                {
                    problems.Add($"{row.Id}: {field} lies outside 1900-01-01 to 2199-12-31.");
                }
            }

            foreach (var (field, value, most) in NumbersOf(row))
            {
                if (value < 0 || value > most)
                {
                    problems.Add($"{row.Id}: {field} lies outside 0 to {most}.");
                }
            }
        }

        return problems;
    }

    private static IEnumerable<(string Field, DateOnly? Day)> DaysOf(RuleRow row) =>
        row switch
        {
            RoutePolicyRow r => [("effectiveFrom", r.EffectiveFrom), ("effectiveTo", r.EffectiveTo)],
            CompactMemberRow m =>
            [
                ("enactedOn", m.EnactedOn),
                ("effectiveOn", m.EffectiveOn),
                ("operationalFrom", m.OperationalFrom),
                ("operationalTo", m.OperationalTo),
            ],
            _ => [],
        };

    private static IEnumerable<(string Field, int? Value, int Most)> NumbersOf(RuleRow row) =>
        row switch
        {
            RoutePolicyRow r => [("dayBudget", r.DayBudget, LongestDayBudget)],
            LocationRuleRow l => [("attestationMinutes", l.AttestationMinutes, LongestMinutes), ("rejoinGraceMinutes", l.RejoinGraceMinutes, LongestMinutes)],
            ServiceClassRow s => [("largestSize", s.LargestSize, LargestGroup)],
            PracticePolicyRow p => [("graceDaysAfterMove", p.GraceDaysAfterMove, LongestGraceDays)],
            _ => [],
        };
}
