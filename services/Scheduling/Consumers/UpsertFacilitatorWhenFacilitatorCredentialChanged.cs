using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;

namespace GroupTherapy.Scheduling.Consumers;

/// <summary>Stores a facilitator with the public card that the catalogue shows.</summary>
public sealed class UpsertFacilitatorWhenFacilitatorCredentialChanged(Db db) : TransactionalConsumer<FacilitatorCredentialChanged>(db)
{
    protected override Task HandleAsync(UnitOfWork work, FacilitatorCredentialChanged message, CancellationToken ct) => work.ExecuteAsync(
        """
        insert into facilitators (id, display_name, profession, practices, credentials, version)
        values (@FacilitatorId, @DisplayName, @Profession, @practices, @credentials, @Version)
        on conflict (id) do update set display_name = excluded.display_name, profession = excluded.profession,
            practices = excluded.practices, credentials = excluded.credentials, version = excluded.version
        where facilitators.version < excluded.version
        """,
        new
        {
            message.FacilitatorId,
            message.DisplayName,
            message.Profession,
            message.Version,
            practices = message.Practices.ToArray(),
            credentials = message.Credentials.ToArray(),
        });
}
