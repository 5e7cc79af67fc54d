using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Contracts.Identity.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Platform.Security;
using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Storage;

namespace GroupTherapy.Room.Consumers;

/// <summary>An account that is no facilitator of a practice any more leads none of its rooms from now on, and one that is no member is in none.</summary>
public sealed class CloseConnectionsWhenRolesChanged(Db db, AccountRooms rooms) : TransactionalConsumer<RolesChanged>(db)
{
    protected override async Task HandleAsync(UnitOfWork work, RolesChanged message, CancellationToken ct)
    {
        if (await AccountStore.SaveRolesAsync(work, message.AccountId, [.. message.Roles], [.. message.PracticesAs(AccountRoles.Facilitator)], message.Version))
        {
            await rooms.RecheckAsync(work, message.AccountId);
        }
    }
}

/// <summary>A sign-in is over: its connections close on every node.</summary>
public sealed class CloseConnectionsWhenSessionRevoked(Db db, AccountRooms rooms) : TransactionalConsumer<SessionRevoked>(db)
{
    protected override async Task HandleAsync(UnitOfWork work, SessionRevoked message, CancellationToken ct)
    {
        await AccountStore.SaveRevokedAsync(work, message.SignInId, message.At);
        await rooms.RecheckAsync(work, message.AccountId);
    }
}

/// <summary>The public name of a facilitator: their name in a room unless they choose another.</summary>
public sealed class NameFacilitatorWhenCredentialChanged(Db db) : TransactionalConsumer<FacilitatorCredentialChanged>(db)
{
    protected override Task HandleAsync(UnitOfWork work, FacilitatorCredentialChanged message, CancellationToken ct) =>
        AccountStore.SaveNameAsync(work, message.FacilitatorId, message.DisplayName, message.Version);
}

/// <summary>Rechecks the rooms in progress that an account is in.</summary>
public sealed class AccountRooms(RoomExecutor executor, ICommitListener commits)
{
    internal async Task RecheckAsync(UnitOfWork work, Guid account)
    {
        List<RoomCommand> commands =
        [
            .. (await AccountStore.SessionsOfAsync(work, account)).Select(session => new RecheckAccount(session, account) { Who = work.Caller.Who }),
        ];
        if (commands.Count > 0)
        {
            await executor.RunInAsync(work, commands);
            return;
        }

        // A connection that has not entered is in no room, and has to be looked at all the same.
        work.AfterCommit(() =>
        {
            commits.Committed([new RoomCommit(Guid.Empty, [], ChecksConnections: true)]);
            return Task.CompletedTask;
        });
    }
}
