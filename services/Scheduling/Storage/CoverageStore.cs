using System.Text.Json;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Json;
using GroupTherapy.Scheduling.Domain;

namespace GroupTherapy.Scheduling.Storage;

/// <summary>Reads the coverage of a group.</summary>
internal static class CoverageStore
{
    /// <returns>Null when none has arrived yet, which never means that a substitution is allowed.</returns>
    public static async Task<Coverage?> FindAsync(UnitOfWork work, Guid groupId) =>
        await work.FirstOrDefaultAsync<Row>(
            "select members::text as members, facilitators::text as facilitators from coverages where group_id = @groupId",
            new { groupId }
        )
            is { } row
            ? new Coverage(
                JsonSerializer.Deserialize<List<MembersByJurisdiction>>(row.Members, ContractJson.Options)!,
                JsonSerializer.Deserialize<List<FacilitatorCover>>(row.Facilitators, ContractJson.Options)!
            )
            : null;

    private sealed record Row(string Members, string Facilitators);
}
