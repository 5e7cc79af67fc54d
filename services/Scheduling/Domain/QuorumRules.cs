namespace GroupTherapy.Scheduling.Domain;

/// <summary>A coming session with the members who are expected in it.</summary>
/// <param name="Seats">Members with a seat.</param>
/// <param name="Absent">Those of them who said that they will not come.</param>
/// <param name="TakesPlace">The facilitator's decision; null while it is asked, or was not asked.</param>
public sealed record QuorumState(Guid SessionId, DateTimeOffset StartsAt, int Seats, int Absent, int Minimum, DateTimeOffset? AnswerBy, bool? TakesPlace)
{
    public int Expected => Seats - Absent;
}

/// <summary>When it is asked whether a session with few members takes place. Pure.</summary>
public static class QuorumRules
{
    /// <summary>It is asked this long before the start, or later, when a member calls off then.</summary>
    public static readonly TimeSpan AskedBefore = TimeSpan.FromHours(24);

    /// <summary>Without an answer this long before the start the session takes place: members who come must find it.</summary>
    public static readonly TimeSpan AnsweredBefore = TimeSpan.FromHours(3);

    public static QuorumStep StepOf(QuorumState s, DateTimeOffset now) =>
        s.TakesPlace is not null ? QuorumStep.None
        : s.AnswerBy is { } by
            ? s.Expected >= s.Minimum || now >= by ? QuorumStep.TakesPlace
                : QuorumStep.None
        : s.Seats > 0 && s.Expected < s.Minimum && now >= s.StartsAt - AskedBefore && now < s.StartsAt - AnsweredBefore ? QuorumStep.Ask
        : QuorumStep.None;

    /// <summary>By when an answer counts.</summary>
    public static DateTimeOffset AnswerBy(DateTimeOffset startsAt) => startsAt - AnsweredBefore;
}

/// <summary>The action about a session's quorum.</summary>
public enum QuorumStep
{
    None,
    Ask,

    /// <summary>Enough members are expected again, or no answer came in time.</summary>
    TakesPlace,
}
