using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Enrollment.Storage;

/// <summary>The public professional card that the catalogue prints. Name and titles of a licensed professional are public by their calling; nothing else of
/// the account travels.</summary>
internal static class FacilitatorCard
{
    public static async Task PublishAsync(UnitOfWork work, Guid id)
    {
        var f = await work.FirstOrDefaultAsync<Row>("select display_name, profession, practices, version from facilitators where id = @id", new { id });
        var credentials = await work.QueryAsync<string>(
            """
            select distinct coalesce(type || ', ', '') || jurisdiction from (
                select distinct on (id) * from credentials where facilitator_id = @id order by id, version desc) last
            where status = 'active' and kind <> 'compact_privilege' order by 1
            """,
            new { id }
        );
        work.Publish(new FacilitatorCredentialChanged(id, f!.DisplayName, f.Profession, f.Practices, credentials, f.Version, work.Now));
    }

    private sealed record Row(string DisplayName, string Profession, string[] Practices, long Version);
}
