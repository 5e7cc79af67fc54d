namespace GroupTherapy.Notifications.Domain;

/// <summary>The state of a mail's subject when the mail is due.</summary>
/// <param name="EnrollmentStatus">Of the enrollment that the mail is about; null for none.</param>
/// <param name="LetsIn">The member could join the session from home; null when it was never in doubt.</param>
/// <param name="SeatAtRisk">The rules do not allow the whole seat any more; it is kept for some days.</param>
/// <param name="Takes">The person takes part in the session, or leads it.</param>
/// <param name="Uncovered">No facilitator may lead the session.</param>
public sealed record SubjectState(
    bool Cancelled,
    long TimeVersion,
    bool Takes,
    bool Absent,
    string? EnrollmentStatus,
    bool? LetsIn = null,
    bool SeatAtRisk = false,
    bool Uncovered = false
);

/// <summary>Whether a mail is still wanted when its time has come, and when the next attempt is.</summary>
public static class SendingRules
{
    /// <summary>An address that was refused for good is tried again after this.</summary>
    public static readonly TimeSpan BouncedFor = TimeSpan.FromDays(30);

    /// <returns>Why it is not sent; null when it is.</returns>
    public static string? DropReason(MailKind kind, MailFacts facts, SubjectState subject, Preferences person, DateTimeOffset usefulUntil, DateTimeOffset now)
    {
        if (now > usefulUntil)
        {
            return "too-late";
        }

        if (kind.Optional && person.Off.Contains(kind.Code))
        {
            return "switched-off";
        }

        if (kind == MailKinds.ReminderDay || kind == MailKinds.ReminderHour)
        {
            return subject.Cancelled ? "cancelled"
                : subject.TimeVersion != facts.TimeVersion ? "moved"
                : !subject.Takes ? "left"
                : subject.Absent ? "absent"
                : null;
        }

        if (kind == MailKinds.SessionMoved)
        {
            return subject.Cancelled ? "cancelled"
                : subject.TimeVersion != facts.TimeVersion ? "moved-again"
                : !subject.Takes ? "left"
                : null;
        }

        if (StatusOf(kind) is { } status)
        {
            return subject.EnrollmentStatus == status ? null : "settled";
        }

        if (kind == MailKinds.CannotJoin || kind == MailKinds.CanJoinAgain)
        {
            return subject.Cancelled ? "cancelled"
                : subject.EnrollmentStatus == EnrollmentStatus.Ended ? "left"
                : subject.Absent ? "absent"
                : subject.LetsIn != (kind == MailKinds.CanJoinAgain) ? "settled"
                : subject.SeatAtRisk ? "seat-at-risk"
                : null;
        }

        if (kind == MailKinds.SessionUncovered || kind == MailKinds.SessionUnsure)
        {
            return subject.Cancelled ? "cancelled"
                : !subject.Uncovered ? "covered"
                : kind == MailKinds.SessionUnsure && subject.TimeVersion != facts.TimeVersion ? "moved"
                : kind == MailKinds.SessionUnsure && !subject.Takes ? "left"
                : null;
        }

        if (kind == MailKinds.FacilitatorChanged || kind == MailKinds.SessionAssigned || kind == MailKinds.QuorumAsked || kind == MailKinds.QuorumOpen)
        {
            return subject.Cancelled ? "cancelled" : null;
        }

        return null;
    }

    // A mail that asks for an act is not sent to a person who has done it.
    private static string? StatusOf(MailKind kind) =>
        kind == MailKinds.SeatReserved ? EnrollmentStatus.Reserved
        : kind == MailKinds.SeatOffered ? EnrollmentStatus.Offered
        : kind == MailKinds.Waitlisted ? EnrollmentStatus.Waitlisted
        : kind == MailKinds.RequestHeld || kind == MailKinds.CaseHeld ? EnrollmentStatus.Held
        : null;

    /// <summary>When a mail that could not be sent is tried again: from 5 s, doubled each time, at most a quarter of an hour.</summary>
    /// <param name="attempts">This one included.</param>
    /// <param name="jitter">0 to 1, so that mails that failed together do not come together.</param>
    public static TimeSpan RetryAfter(int attempts, double jitter) =>
        TimeSpan.FromSeconds(Math.Min(900, 5 * Math.Pow(2, Math.Min(attempts - 1, 20))) * (0.8 + jitter * 0.4));

    /// <summary>While Identity or the whole server is away no mail is to blame, and all are tried soon.</summary>
    public static TimeSpan RetryAfterOutage(double jitter) => TimeSpan.FromSeconds(10 + jitter * 10);
}

/// <summary>Where an enrollment stands, as Enrollment reports it.</summary>
public static class EnrollmentStatus
{
    public const string Reserved = "reserved";
    public const string Offered = "offered";
    public const string Enrolled = "enrolled";
    public const string Waitlisted = "waitlisted";
    public const string Held = "held";
    public const string Ended = "ended";
}
