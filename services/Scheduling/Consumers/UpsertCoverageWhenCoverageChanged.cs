using System.Text.Json;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Json;
using GroupTherapy.Platform.Messaging;

namespace GroupTherapy.Scheduling.Consumers;

/// <summary>Stores the newest coverage of a group. The event may come before the group is known here, hence no foreign key.</summary>
public sealed class UpsertCoverageWhenCoverageChanged(Db db) : TransactionalConsumer<CoverageChanged>(db)
{
    protected override Task HandleAsync(UnitOfWork work, CoverageChanged message, CancellationToken ct) => work.ExecuteAsync(
        """
        insert into coverages (group_id, members, facilitators, version) values (@GroupId, @members::jsonb, @facilitators::jsonb, @Version)
        on conflict (group_id) do update set members = excluded.members, facilitators = excluded.facilitators, version = excluded.version
        where coverages.version < excluded.version
        """,
        new
        {
            message.GroupId,
            message.Version,
            members = JsonSerializer.Serialize(message.Members, ContractJson.Options),
            facilitators = JsonSerializer.Serialize(
                message.Facilitators, ContractJson.Options),
        });
}
