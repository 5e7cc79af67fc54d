using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Scheduling.Storage;

namespace GroupTherapy.Scheduling.Consumers;

/// <summary>
/// Takes sessions that start later out of the member's list; the calendar shows them as cancelled. An hour that the member had booked is free again.
/// </summary>
public sealed class EndEnrollmentWhenEnrollmentEnded(Db db) : TransactionalConsumer<EnrollmentEnded>(db)
{
    protected override async Task HandleAsync(UnitOfWork work, EnrollmentEnded message, CancellationToken ct)
    {
        await ReportStore.SaveAsync(work, message);
        if (await BookedGroupStore.IsBookedAsync(work, message.GroupId))
        {
            work.Schedule(ScheduledWork.ExpireBooking, message.GroupId.ToString(), work.Now);
        }
    }
}
