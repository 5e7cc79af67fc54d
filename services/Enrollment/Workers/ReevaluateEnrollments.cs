using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Enrollment.Workers;

/// <summary>Asks the rules again about live enrollments: something changed, or a known instant has come.</summary>
internal sealed class ReevaluateEnrollments(Db db, SeatExecutor seats) : SeatWorker(db, seats, "reevaluation")
{
    public override string Kind => ScheduledWork.Reevaluate;

    protected override SeatCommand CommandFor(Guid key) => new ReevaluateEnrollment(key);

    protected override DateTimeOffset? Next(SeatOutcome outcome) => outcome.Changes.OfType<ReevaluationDue>().Select(due => (DateTimeOffset?)due.At).Min();
}
