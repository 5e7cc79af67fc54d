using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Platform.Security;
using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Storage;

namespace GroupTherapy.Room.Consumers;

/// <summary>A member is expected in the sessions of the group, from the next on that admits new members.</summary>
public sealed class ExpectMemberWhenEnrollmentConfirmed(Db db) : TransactionalConsumer<EnrollmentConfirmed>(db)
{
    protected override Task HandleAsync(UnitOfWork work, EnrollmentConfirmed message, CancellationToken ct) =>
        AccountStore.SaveEnrollmentAsync(work, message.EnrollmentId, message.GroupId, message.MemberId, message.Version, message.At);
}

/// <summary>A member is expected no more. Their permits are withdrawn by messages of their own; none of this enrollment counts from here on.</summary>
public sealed class ForgetMemberWhenEnrollmentEnded(Db db) : TransactionalConsumer<EnrollmentEnded>(db)
{
    protected override Task HandleAsync(UnitOfWork work, EnrollmentEnded message, CancellationToken ct) =>
        AccountStore.SaveEnrollmentAsync(work, message.EnrollmentId, message.GroupId, message.MemberId, message.Version, null);
}

/// <summary>The permit of one member for one session. A member who is in the room is held against the new answer at once.</summary>
public sealed class ApplyPermitWhenPermitChanged(Db db, RoomExecutor executor) : TransactionalConsumer<PermitChanged>(db)
{
    protected override async Task HandleAsync(UnitOfWork work, PermitChanged message, CancellationToken ct) =>
        await executor.RunInAsync(work, new ApplyPermit(message) { Who = work.Caller.Who });
}
