namespace GroupTherapy.Identity.Storage;

/// <summary>Kinds of scheduled work.</summary>
internal static class ScheduledWork
{
    /// <summary>The key is the sign-in's id.</summary>
    public const string RemoveSignIn = "sign-in.remove";

    /// <summary>The key is the invitation's id.</summary>
    public const string RemoveInvitation = "invitation.remove";

    /// <summary>One row with an empty key, due when the next key must be made or an old one forgotten.</summary>
    public const string RotateSigningKeys = "signing-key.rotate";

    /// <summary>One row with an empty key: mails, attempts, challenges and devices that are over.</summary>
    public const string RemoveTraces = "traces.remove";

    /// <summary>How long ended sign-ins and expired invitations stay, so that a late question about them has an answer.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromDays(1);
}
