using GroupTherapy.Identity.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;

namespace GroupTherapy.Identity.Consumers;

/// <summary>Enrollment has erased a person.</summary>
public sealed class KeepProofWhenEnrollmentErased(Db db) : TransactionalConsumer<Contracts.Enrollment.V1.PersonErased>(db)
{
    protected override Task HandleAsync(UnitOfWork work, Contracts.Enrollment.V1.PersonErased message, CancellationToken ct) =>
        ErasureStore.KeepAsync(work, message.ErasureId, message.AccountId, "enrollment", message.Erased, message.Kept);
}

/// <summary>Scheduling has erased a person.</summary>
public sealed class KeepProofWhenSchedulingErased(Db db) : TransactionalConsumer<Contracts.Scheduling.V1.PersonErased>(db)
{
    protected override Task HandleAsync(UnitOfWork work, Contracts.Scheduling.V1.PersonErased message, CancellationToken ct) =>
        ErasureStore.KeepAsync(work, message.ErasureId, message.AccountId, "scheduling", message.Erased, message.Kept);
}

/// <summary>Room has erased a person.</summary>
public sealed class KeepProofWhenRoomErased(Db db) : TransactionalConsumer<Contracts.Room.V1.PersonErased>(db)
{
    protected override Task HandleAsync(UnitOfWork work, Contracts.Room.V1.PersonErased message, CancellationToken ct) =>
        ErasureStore.KeepAsync(work, message.ErasureId, message.AccountId, "room", message.Erased, message.Kept);
}
