using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;

namespace GroupTherapy.Scheduling.Consumers;

/// <summary>From now on the group's sessions are in the member's list and calendar, whether or not the group is known here yet.</summary>
public sealed class AddEnrollmentWhenEnrollmentConfirmed(Db db) : TransactionalConsumer<EnrollmentConfirmed>(db)
{
    // A confirmation that comes after its own end fills in the beginning and does not undo the end.
    protected override Task HandleAsync(UnitOfWork work, EnrollmentConfirmed message, CancellationToken ct) => work.ExecuteAsync(
        """
        insert into enrollments (id, group_id, member_id, confirmed_at, version) values (@EnrollmentId, @GroupId, @MemberId, @At, @Version)
        on conflict (id) do update set confirmed_at = coalesce(enrollments.confirmed_at, excluded.confirmed_at),
            ended_at = case when excluded.version > enrollments.version then null else enrollments.ended_at end,
            version = greatest(enrollments.version, excluded.version)
        """, message);
}
