using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;

namespace GroupTherapy.Room.Planning;

/// <summary>The public name of a facilitator: what they are called in a room unless they say otherwise.</summary>
public sealed class NameFacilitatorWhenCredentialChanged(Db db) : TransactionalConsumer<FacilitatorCredentialChanged>(db)
{
    protected override Task HandleAsync(UnitOfWork work, FacilitatorCredentialChanged message, CancellationToken ct) => work.ExecuteAsync(
        """
        insert into facilitator_cards as c (facilitator_id, display_name, version) values (@FacilitatorId, @DisplayName, @Version)
        on conflict (facilitator_id) do update set display_name = excluded.display_name, version = excluded.version where excluded.version > c.version
        """, new { message.FacilitatorId, message.DisplayName, message.Version });
}
