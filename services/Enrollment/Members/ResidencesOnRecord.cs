using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Enrollment.Members;

/// <summary>
/// Which of the residences on record counts at an instant. What was recorded last counts, from the first day it speaks of: a move that is told ahead leaves
/// the old home in force until then.
/// </summary>
/// <param name="InForce">Null when nothing is on record. A single residence that begins later stands here too; the engine takes it as not known yet.</param>
/// <param name="NextChange">The first later instant at which another residence on record begins to count; null when none does.</param>
internal sealed record ResidencesOnRecord(ResidenceFacts? InForce, DateTimeOffset? NextChange)
{
    public static async Task<ResidencesOnRecord> AtAsync(UnitOfWork work, CompiledRuleSet rules, Guid memberId, DateTimeOffset at)
    {
        var rows = await work.QueryAsync<Row>(
            "select jurisdiction, since, postal_code, postal_state from residences where member_id = @memberId order by recorded_at desc, id desc limit 200", new { memberId });
        return At(rules, [.. rows.Select(r => new ResidenceFacts(r.Jurisdiction, r.Since, r.PostalCode, r.PostalState))], at);
    }

    /// <param name="newestFirst">In the order in which they were recorded, the last one first.</param>
    public static ResidencesOnRecord At(CompiledRuleSet rules, IReadOnlyList<ResidenceFacts> newestFirst, DateTimeOffset at)
    {
        DateTimeOffset? next = null;
        foreach (var residence in newestFirst)
        {
            var begins = rules.BeginningOf(residence);
            if (begins <= at)
            {
                return new ResidencesOnRecord(residence, next);
            }

            next = next is { } sooner && sooner < begins ? sooner : begins;
        }

        return new ResidencesOnRecord(newestFirst.Count == 0 ? null : newestFirst[0], next);
    }

    private sealed record Row(string Jurisdiction, DateOnly? Since, string? PostalCode, string? PostalState);
}
