namespace GroupTherapy.Scheduling.Domain;

/// <summary>When a group whose series has an end is over: its last session has ended, so it takes no members any more.</summary>
public static class SeriesEndRules
{
    /// <summary>A room that reported nothing counts as over this long after its planned end.</summary>
    public static readonly TimeSpan UnreportedFor = TimeSpan.FromHours(1);

    /// <summary>A room that runs reports its end itself; should the report be lost, this long after the planned end it counts as over.</summary>
    public static readonly TimeSpan RunningFor = TimeSpan.FromDays(1);

    /// <returns>The first instant at which every session is over, by what is known now; <paramref name="now"/> when that is so already.</returns>
    public static DateTimeOffset OverAt(IEnumerable<Session> sessions, DateTimeOffset now) => sessions.Select(OverAt).Append(now).Max();

    private static DateTimeOffset OverAt(Session session) =>
        session switch
        {
            { Phase: SessionPhases.Ended } => DateTimeOffset.MinValue,
            { CancelledAt: not null } => session.EndsAt,
            { IsRunning: true } => session.EndsAt + RunningFor,
            _ => session.EndsAt + UnreportedFor,
        };
}
