using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Scheduling.Storage;

namespace GroupTherapy.Scheduling.Consumers;

/// <summary>Adds the group's sessions to the member's list and calendar, also when the group is not known here yet.</summary>
public sealed class AddEnrollmentWhenEnrollmentConfirmed(Db db) : TransactionalConsumer<EnrollmentConfirmed>(db)
{
    // A confirmation that arrives after the end of the same enrollment does not undo that end.
    protected override Task HandleAsync(UnitOfWork work, EnrollmentConfirmed message, CancellationToken ct) => ReportStore.SaveAsync(work, message);
}
