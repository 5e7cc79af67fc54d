using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Scheduling.Groups;
using NodaTime;

namespace GroupTherapy.Scheduling.Sessions;

/// <summary>What may be done with a session, and how far it has come.</summary>
internal static class SessionRules
{
    /// <summary>Nobody moves a session further than this.</summary>
    public static readonly TimeSpan FurthestMove = TimeSpan.FromDays(366);

    private static readonly string[] Order = ["scheduled", "open", "live", "held", "ended"];

    public static string Status(bool cancelled, string? phase) => cancelled ? "cancelled" : phase ?? "scheduled";

    /// <summary>
    /// Whether a report of the room counts: a newer one that does not go back. A room may be held and live again; what has ended stays so,
    /// and the end counts however late and with whatever version it comes.
    /// </summary>
    public static bool PhaseCounts(string? before, long versionBefore, string reported, long version) =>
        Step(reported) > 0 && before != "ended" && (reported == "ended" || (version > versionBefore && Step(reported) >= Step(before ?? "scheduled")));

    /// <returns>Why the session cannot be cancelled; null when it can.</returns>
    public static Problem? RefuseCancel(SessionRow session, DateTimeOffset now) =>
        session.Phase == "ended" || session.EndsAt <= now ? new Problem(409, "session-over", "This session is over.") : null;

    /// <returns>Why the session cannot be moved at all; null when it can.</returns>
    public static Problem? RefuseMove(SessionRow session, DateTimeOffset now) =>
        session.CancelledAt is not null ? new Problem(409, "session-cancelled", "This session was cancelled.")
        : session.Phase == "ended" || session.EndsAt <= now ? new Problem(409, "session-over", "This session is over.")
        : session.Phase is not null || session.StartsAt <= now ? new Problem(409, "session-running", "The room of this session is open already.")
        : null;

    /// <returns>Why nobody else can lead the session any more; null when somebody can, while it runs too.</returns>
    public static Problem? RefuseSubstitute(SessionRow session, DateTimeOffset now) =>
        session.CancelledAt is not null ? new Problem(409, "session-cancelled", "This session was cancelled.") : RefuseCancel(session, now);

    /// <summary>Faults of a new start.</summary>
    /// <param name="written">As it was written, with its offset: that tells whether somebody meant a wall clock.</param>
    public static FieldErrors CheckNewStart(DateTimeOffset? written, DateTimeZone zone, DateTimeOffset now)
    {
        var errors = new FieldErrors().Check(written is not null, "startsAt", "This is needed.");
        return written is not { } startsAt
            ? errors
            : errors.Check(startsAt > now, "startsAt", "This is in the past.")
                .Check(startsAt <= now + FurthestMove, "startsAt", "At most a year ahead.")
                .Check(!IsInGap(startsAt, zone), "startsAt", "The clocks skip this time on that night.");
    }

    public static SessionSnapshot Snapshot(GroupRow group, SessionRow s) => new(
        s.Id, s.GroupId, group.Practice, group.ServiceClass, group.Modality, s.StartsAt, s.EndsAt, s.TimeZone, s.LeadFacilitatorId, s.CoFacilitatorIds,
        group.Capacity, group.ChatRetentionDays, group.LateArrivals, s.CancelledAt is not null, s.Version);

    // An instant is never in a gap; a wall clock that was written with an offset can be: 02:30-05:00 on the night that goes from 01:59 to 03:00.
    private static bool IsInGap(DateTimeOffset written, DateTimeZone zone) =>
        written.Offset != TimeSpan.Zero && zone.MapLocal(LocalDateTime.FromDateTime(written.DateTime)).Count == 0;

    // Live and held are one step: a room goes back and forth between them.
    private static int Step(string phase) => Array.IndexOf(Order, phase == "held" ? "live" : phase);
}
