namespace GroupTherapy.Contracts.Identity;

/// <summary>The kinds of mail that Identity sends. Those with a token carry a link that works once; the others lead to the account's security page.</summary>
public static class MailKinds
{
    /// <summary>With a token; carries the practice.</summary>
    public const string Invitation = "invitation";

    /// <summary>With a token: proves the mailbox.</summary>
    public const string ConfirmEmail = "confirm-email";

    /// <summary>With a token: sets a new password.</summary>
    public const string PasswordReset = "password-reset";

    public const string PasswordChanged = "password-changed";

    /// <summary>With a token at the new address; to the former address, once it is done, without one.</summary>
    public const string EmailChange = "email-change";

    /// <summary>Many passwords were tried from a place that the account does not know.</summary>
    public const string SignInNotice = "sign-in-notice";

    public const string SecondFactorChanged = "second-factor-changed";
}
