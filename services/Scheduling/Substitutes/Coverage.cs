using System.Text.Json;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Json;
using GroupTherapy.Platform.Messaging;

namespace GroupTherapy.Scheduling.Substitutes;

/// <summary>Keeps the newest coverage of a group. It may come before the group is known here, hence no foreign key.</summary>
public sealed class KeepCoverageWhenCoverageChanged(Db db) : TransactionalConsumer<CoverageChanged>(db)
{
    protected override Task HandleAsync(UnitOfWork work, CoverageChanged message, CancellationToken ct) => work.ExecuteAsync(
        """
        insert into coverages (group_id, members, facilitators, version) values (@GroupId, @members::jsonb, @facilitators::jsonb, @Version)
        on conflict (group_id) do update set members = excluded.members, facilitators = excluded.facilitators, version = excluded.version
        where coverages.version < excluded.version
        """,
        new
        {
            message.GroupId, message.Version,
            members = JsonSerializer.Serialize(message.Members, ContractJson.Options), facilitators = JsonSerializer.Serialize(message.Facilitators, ContractJson.Options),
        });
}

/// <summary>Where the enrolled members of a group live, and who may serve which places and when.</summary>
public sealed record Coverage(IReadOnlyList<MembersInPlace> Members, IReadOnlyList<FacilitatorCover> Facilitators)
{
    /// <summary>What is known about a group; null when nothing is yet, which never means that somebody may.</summary>
    internal static async Task<Coverage?> FindAsync(UnitOfWork work, Guid groupId) =>
        await work.FirstOrDefaultAsync<Row>("select members::text as members, facilitators::text as facilitators from coverages where group_id = @groupId", new { groupId }) is { } row
            ? new Coverage(
                JsonSerializer.Deserialize<List<MembersInPlace>>(row.Members, ContractJson.Options)!, JsonSerializer.Deserialize<List<FacilitatorCover>>(row.Facilitators, ContractJson.Options)!)
            : null;

    private sealed record Row(string Members, string Facilitators);
}
