using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;

namespace GroupTherapy.Scheduling.Consumers;

/// <summary>Adds the group's sessions to the member's list and calendar, also when the group is not known here yet.</summary>
public sealed class AddEnrollmentWhenEnrollmentConfirmed(Db db) : TransactionalConsumer<EnrollmentConfirmed>(db)
{
    // A confirmation that arrives after the end of the same enrollment does not undo that end.
    protected override Task HandleAsync(UnitOfWork work, EnrollmentConfirmed message, CancellationToken ct) => work.ExecuteAsync(
        """
        insert into enrollments (id, group_id, member_id, confirmed_at, version) values (@EnrollmentId, @GroupId, @MemberId, @At, @Version)
        on conflict (id) do update set confirmed_at = coalesce(enrollments.confirmed_at, excluded.confirmed_at),
            ended_at = case when excluded.version > enrollments.version then null else enrollments.ended_at end,
            version = greatest(enrollments.version, excluded.version)
        """, message);
}
