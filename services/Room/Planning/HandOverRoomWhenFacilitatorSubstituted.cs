using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;

namespace GroupTherapy.Room.Planning;

/// <summary>Somebody else leads this session; who led it before is out at once.</summary>
public sealed class HandOverRoomWhenFacilitatorSubstituted(Db db, SessionPlans plans) : TransactionalConsumer<FacilitatorSubstituted>(db)
{
    protected override Task HandleAsync(UnitOfWork work, FacilitatorSubstituted message, CancellationToken ct) => plans.KeepAsync(work, message.Session);
}
