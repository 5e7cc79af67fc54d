using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;

namespace GroupTherapy.Scheduling.Consumers;

/// <summary>Keeps the newest count of taken seats. It may come before this service's own group is committed elsewhere, hence no foreign key.</summary>
public sealed class UpdateSeatCountWhenSeatsChanged(Db db) : TransactionalConsumer<SeatsChanged>(db)
{
    protected override Task HandleAsync(UnitOfWork work, SeatsChanged message, CancellationToken ct) => work.ExecuteAsync(
        """
        insert into seat_counts (group_id, capacity, taken, version) values (@GroupId, @Capacity, @Taken, @Version)
        on conflict (group_id) do update set capacity = excluded.capacity, taken = excluded.taken, version = excluded.version
        where seat_counts.version < excluded.version
        """, message);
}
