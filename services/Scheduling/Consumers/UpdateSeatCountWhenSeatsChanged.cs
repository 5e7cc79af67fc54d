using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;

namespace GroupTherapy.Scheduling.Consumers;

/// <summary>Stores the newest count of taken seats. The event may come before the group is known here, hence no foreign key.</summary>
public sealed class UpdateSeatCountWhenSeatsChanged(Db db) : TransactionalConsumer<SeatsChanged>(db)
{
    protected override Task HandleAsync(UnitOfWork work, SeatsChanged message, CancellationToken ct) => work.ExecuteAsync(
        """
        insert into seat_counts (group_id, capacity, taken, version) values (@GroupId, @Capacity, @Taken, @Version)
        on conflict (group_id) do update set capacity = excluded.capacity, taken = excluded.taken, version = excluded.version
        where seat_counts.version < excluded.version
        """, message);
}
