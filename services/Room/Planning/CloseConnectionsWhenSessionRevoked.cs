using GroupTherapy.Contracts.Identity.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Room.Live;

namespace GroupTherapy.Room.Planning;

/// <summary>A sign-in is over: its connections close on every node.</summary>
public sealed class CloseConnectionsWhenSessionRevoked(Db db, LiveRooms rooms) : TransactionalConsumer<SessionRevoked>(db)
{
    protected override async Task HandleAsync(UnitOfWork work, SessionRevoked message, CancellationToken ct)
    {
        await work.ExecuteAsync(
            "insert into revoked_sign_ins (sign_in_id, revoked_at) values (@SignInId, @At) on conflict do nothing", new { message.SignInId, message.At });
        work.AfterCommit(() =>
        {
            rooms.CheckEverywhere();
            return Task.CompletedTask;
        });
    }
}
