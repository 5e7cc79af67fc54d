using GroupTherapy.Contracts.Identity.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Room.Live;

namespace GroupTherapy.Room.Planning;

/// <summary>Who is no facilitator any more leads no room from now on, and who is no member is in none.</summary>
public sealed class CloseConnectionsWhenRolesChanged(Db db, LiveRooms rooms) : TransactionalConsumer<RolesChanged>(db)
{
    protected override async Task HandleAsync(UnitOfWork work, RolesChanged message, CancellationToken ct)
    {
        await work.ExecuteAsync(
            """
            insert into account_roles as a (account_id, roles, version) values (@AccountId, @roles, @Version)
            on conflict (account_id) do update set roles = excluded.roles, version = excluded.version where excluded.version > a.version
            """, new { message.AccountId, roles = message.Roles.ToArray(), message.Version });
        work.AfterCommit(() =>
        {
            rooms.CheckEverywhere();
            return Task.CompletedTask;
        });
    }
}
