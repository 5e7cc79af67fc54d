using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Scheduling.Storage;

namespace GroupTherapy.Scheduling.Consumers;

/// <summary>Takes sessions that start later out of the member's list; the calendar shows them as cancelled.</summary>
public sealed class EndEnrollmentWhenEnrollmentEnded(Db db) : TransactionalConsumer<EnrollmentEnded>(db)
{
    protected override Task HandleAsync(UnitOfWork work, EnrollmentEnded message, CancellationToken ct) =>
        ReportStore.SaveAsync(work, message);
}
