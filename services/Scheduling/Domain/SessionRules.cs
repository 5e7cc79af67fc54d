using GroupTherapy.Platform.Problems;

namespace GroupTherapy.Scheduling.Domain;

/// <summary>The rules of what may be done with a session, and its progress.</summary>
public static class SessionRules
{
    /// <summary>A session cannot be moved further ahead than this.</summary>
    public static readonly TimeSpan FurthestMove = TimeSpan.FromDays(366);

    public static string Status(bool cancelled, string? phase) => cancelled ? "cancelled" : phase ?? SessionPhases.Scheduled;

    /// <summary>
    /// Whether a room's report counts: a newer one that does not go back. Held and live alternate; an opened lobby may close again when the plan moved;
    /// an end is final and counts whatever its version.
    /// </summary>
    public static bool PhaseCounts(string? before, long versionBefore, string reported, long version) =>
        Step(reported) >= 0
        && before != SessionPhases.Ended
        && (
            reported == SessionPhases.Ended
            || (
                version > versionBefore
                && (Step(reported) >= Step(before ?? SessionPhases.Scheduled) || (reported, before) is (SessionPhases.Scheduled, SessionPhases.Open))
            )
        );

    /// <returns>Why the session cannot be cancelled; null when it can, while it runs too.</returns>
    public static Refusal? RefuseCancel(Session session, DateTimeOffset now) =>
        session.Phase == SessionPhases.Ended || session.EndsAt <= now ? new Refusal("session-over", "This session is over.") : null;

    /// <summary>
    /// A session moves until its lobby opens. That instant is computed from the plan, not from the room's report, which may be late:
    /// otherwise people would be waiting in a lobby whose session is days away.
    /// </summary>
    /// <param name="lobbyBefore">How long before the start the lobby opens.</param>
    /// <returns>Why the session cannot be moved; null when it can.</returns>
    public static Refusal? RefuseMove(Session session, TimeSpan lobbyBefore, DateTimeOffset now) =>
        RefuseCancelledOrOver(session, now)
        ?? (
            session.IsRunning || now >= session.StartsAt - lobbyBefore
                ? new Refusal("session-running", "The lobby of this session is open already, so it cannot be moved. You can cancel it.")
                : null
        );

    /// <returns>Why no other facilitator can lead the session; null when one can, while it runs too.</returns>
    public static Refusal? RefuseSubstitute(Session session, DateTimeOffset now) => RefuseCancelledOrOver(session, now);

    /// <returns>Why a member cannot say any more whether they come; null when they can: until the session starts.</returns>
    public static Refusal? RefuseAbsence(Session session, DateTimeOffset now) =>
        RefuseCancelledOrOver(session, now)
        ?? (
            session.IsRunning || session.StartsAt <= now
                ? new Refusal("session-running", "This session has begun. You can come in, or stay away; nobody will ask why.")
                : null
        );

    /// <summary>Faults of a new start. An instant exists whatever its offset, so no wall clock is looked at.</summary>
    public static FieldErrors CheckNewStart(DateTimeOffset? startsAt, DateTimeOffset now)
    {
        var errors = new FieldErrors().Check(startsAt is not null, "startsAt", "This is needed.");
        return startsAt is not { } at
            ? errors
            : errors.Check(at > now, "startsAt", "This is in the past.").Check(at <= now + FurthestMove, "startsAt", "At most a year ahead.");
    }

    private static Refusal? RefuseCancelledOrOver(Session session, DateTimeOffset now) =>
        session.CancelledAt is not null ? new Refusal("session-cancelled", "This session was cancelled.") : RefuseCancel(session, now);

    // Live and held are one step: a room goes back and forth between them. -1 for a phase that is not known here.
    private static int Step(string phase) => SessionPhases.All.ToList().IndexOf(phase == SessionPhases.Held ? SessionPhases.Live : phase);
}
