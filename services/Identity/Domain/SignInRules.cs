namespace GroupTherapy.Identity.Domain;

/// <summary>How long a sign-in and its tokens last.</summary>
public static class SignInRules
{
    /// <summary>A sign-in ends after this long in any case; nothing opened under it outlives it.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);

    public static readonly TimeSpan AccessTokenLifetime = TimeSpan.FromHours(1);
}
