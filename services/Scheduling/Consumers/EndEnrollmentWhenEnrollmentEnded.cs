using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;

namespace GroupTherapy.Scheduling.Consumers;

/// <summary>Takes sessions that start later out of the member's list; the calendar shows them as cancelled.</summary>
public sealed class EndEnrollmentWhenEnrollmentEnded(Db db) : TransactionalConsumer<EnrollmentEnded>(db)
{
    protected override Task HandleAsync(UnitOfWork work, EnrollmentEnded message, CancellationToken ct) => work.ExecuteAsync(
        """
        insert into enrollments (id, group_id, member_id, ended_at, version) values (@EnrollmentId, @GroupId, @MemberId, @At, @Version)
        on conflict (id) do update set ended_at = excluded.ended_at, version = excluded.version
        where enrollments.version < excluded.version
        """, new { message.EnrollmentId, message.GroupId, message.MemberId, message.At, message.Version });
}
