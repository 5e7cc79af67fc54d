using GroupTherapy.Platform.Security;

namespace GroupTherapy.Identity.Domain;

/// <summary>How long a sign-in and its tokens last.</summary>
public static class SignInRules
{
    /// <summary>A sign-in ends after this long in any case; nothing opened under it outlives it.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);

    public static readonly TimeSpan AccessTokenLifetime = TimeSpan.FromHours(1);

    /// <summary>A signing key signs for a day, is published a quarter of an hour before, and stays published while a token it signed may live.</summary>
    public static readonly KeySchedule KeySchedule = new(
        Period: TimeSpan.FromDays(1),
        Lead: TimeSpan.FromMinutes(15),
        KeptFor: AccessTokenLifetime + TimeSpan.FromMinutes(5)
    );

    /// <summary>A refresh token may be used again for this long after its first use: a second tab, or an answer that was lost.</summary>
    public static readonly TimeSpan RefreshAgainFor = TimeSpan.FromSeconds(10);

    /// <summary>The outcome of a refresh token when it is used.</summary>
    /// <param name="usedAt">Its first use; null when this is the first.</param>
    public static RefreshOutcome Refresh(DateTimeOffset? usedAt, DateTimeOffset now) =>
        usedAt is not { } first ? RefreshOutcome.First
        : now <= first + RefreshAgainFor ? RefreshOutcome.Again
        : RefreshOutcome.Replayed;
}

/// <summary>The outcome of a refresh token when it is used.</summary>
public enum RefreshOutcome
{
    /// <summary>Gives the next pair and counts as used.</summary>
    First,

    /// <summary>Gives one more pair of the same sign-in.</summary>
    Again,

    /// <summary>The token was copied: the whole sign-in ends.</summary>
    Replayed,
}
