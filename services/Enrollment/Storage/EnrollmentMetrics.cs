using System.Diagnostics.Metrics;

namespace GroupTherapy.Enrollment.Storage;

/// <summary>The metrics of Enrollment.</summary>
internal static class EnrollmentMetrics
{
    private static readonly Meter Meter = new("GroupTherapy.Enrollment");

    private static readonly Counter<long> Decided = Meter.CreateCounter<long>(
        "grouptherapy.licensing.decisions",
        "{decision}",
        "Stored licensing decisions, by point and outcome."
    );

    private static readonly Counter<long> Moved = Meter.CreateCounter<long>(
        "grouptherapy.enrollments.changed",
        "{enrollment}",
        "Enrollments that came to a status, by status."
    );

    private static readonly Counter<long> Issued = Meter.CreateCounter<long>(
        "grouptherapy.permits.issued",
        "{permit}",
        "Permits that were published because they changed."
    );

    private static readonly Histogram<double> Delay = Meter.CreateHistogram<double>(
        "grouptherapy.permits.delay",
        "s",
        "From the instant at which an enrollment's permits were due to their recomputation."
    );

    public static void CountDecision(string point, string outcome) =>
        Decided.Add(1, new("point", point), new KeyValuePair<string, object?>("outcome", outcome));

    public static void CountStatus(string status) => Moved.Add(1, new KeyValuePair<string, object?>("status", status));

    public static void CountPermit() => Issued.Add(1);

    public static void RecordPermitDelay(TimeSpan delay) => Delay.Record(Math.Max(0, delay.TotalSeconds));
}
