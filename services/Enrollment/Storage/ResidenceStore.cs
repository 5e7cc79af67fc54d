using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Enrollment.Storage;

/// <summary>Reads a member's residences.</summary>
internal static class ResidenceStore
{
    public static async Task<ResidenceHistory> AtAsync(UnitOfWork work, CompiledRuleSet rules, Guid memberId, DateTimeOffset at)
    {
        var rows = await work.QueryAsync<Row>(
            "select jurisdiction, since, postal_code, postal_state from residences where member_id = @memberId order by recorded_at desc, id desc limit 200",
            new { memberId }
        );
        return ResidenceHistory.At(rules, [.. rows.Select(r => new ResidenceFacts(r.Jurisdiction, r.Since, r.PostalCode, r.PostalState))], at);
    }

    private sealed record Row(string Jurisdiction, DateOnly? Since, string? PostalCode, string? PostalState);
}
