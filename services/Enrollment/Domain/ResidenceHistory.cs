using GroupTherapy.Enrollment.Licensing;

namespace GroupTherapy.Enrollment.Domain;

/// <summary>
/// Which recorded residence counts at an instant. The newest record counts from its first day on; a move that is recorded ahead leaves the
/// old residence in force until then.
/// </summary>
/// <param name="InForce">Null when nothing is recorded. A single residence that begins later is here too; the engine takes it as not known yet.</param>
/// <param name="NextChange">The first later instant at which another recorded residence begins to count; null when none does.</param>
internal sealed record ResidenceHistory(ResidenceFacts? InForce, DateTimeOffset? NextChange)
{
    /// <param name="newestFirst">In the order in which they were recorded, the last one first.</param>
    public static ResidenceHistory At(CompiledRuleSet rules, IReadOnlyList<ResidenceFacts> newestFirst, DateTimeOffset at)
    {
        DateTimeOffset? next = null;
        foreach (var residence in newestFirst)
        {
            var begins = rules.BeginningOf(residence);
            if (begins <= at)
            {
                return new ResidenceHistory(residence, next);
            }

            next = next is { } sooner && sooner < begins ? sooner : begins;
        }

        return new ResidenceHistory(newestFirst.Count == 0 ? null : newestFirst[0], next);
    }
}
