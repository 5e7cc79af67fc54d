using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;

namespace GroupTherapy.Room.Planning;

/// <summary>Somebody is expected in every session of the group.</summary>
public sealed class ExpectMemberWhenEnrollmentConfirmed(Db db) : TransactionalConsumer<EnrollmentConfirmed>(db)
{
    protected override Task HandleAsync(UnitOfWork work, EnrollmentConfirmed message, CancellationToken ct) =>
        NoteEnrollments.KeepAsync(work, message.EnrollmentId, message.GroupId, message.MemberId, message.Version, true);
}

/// <summary>Somebody is expected no more. Their permits are withdrawn by messages of their own; none of this enrolment counts from here on.</summary>
public sealed class ForgetMemberWhenEnrollmentEnded(Db db) : TransactionalConsumer<EnrollmentEnded>(db)
{
    protected override Task HandleAsync(UnitOfWork work, EnrollmentEnded message, CancellationToken ct) =>
        NoteEnrollments.KeepAsync(work, message.EnrollmentId, message.GroupId, message.MemberId, message.Version, false);
}

internal static class NoteEnrollments
{
    public static Task KeepAsync(UnitOfWork work, Guid enrollmentId, Guid groupId, Guid memberId, long version, bool active) => work.ExecuteAsync(
        """
        insert into enrollments as e (enrollment_id, group_id, member_id, version, active) values (@enrollmentId, @groupId, @memberId, @version, @active)
        on conflict (enrollment_id) do update set version = excluded.version, active = excluded.active where excluded.version > e.version
        """, new { enrollmentId, groupId, memberId, version, active });
}
