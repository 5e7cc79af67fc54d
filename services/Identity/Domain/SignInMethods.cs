namespace GroupTherapy.Identity.Domain;

/// <summary>How a person proved themselves, as the values of <c>amr</c> (RFC 8176).</summary>
public static class SignInMethods
{
    public static readonly string[] Password = ["pwd"];
    public static readonly string[] PasswordAndCode = ["pwd", "otp", "mfa"];
    public static readonly string[] PasswordAndRecoveryCode = ["pwd", "mfa"];

    /// <summary>A passkey is held and unlocked: two factors at once.</summary>
    public static readonly string[] Passkey = ["pop", "user", "mfa"];

    /// <summary>A provider's word alone, which says nothing of a second factor.</summary>
    public const string External = "ext";

    /// <summary>A provider's word, and then the account's own second factor.</summary>
    public static readonly string[] ExternalAndCode = [External, "otp", "mfa"];

    public static bool AreTwoFactors(IReadOnlyCollection<string> methods) => methods.Contains("mfa");

    /// <summary>Whether one factor (the right password, a provider's word) is not enough. A member's passkey is a second way in, not a second step.</summary>
    public static bool OneIsNotEnough(bool authenticator, bool passkey, IReadOnlyCollection<string> roles) =>
        authenticator || (passkey && AccountPolicy.IsStaff(roles));

    /// <summary>The flags of the account in a token: see <c>Caller.FlagClaim</c>.</summary>
    /// <param name="authenticator">Whether the account has one.</param>
    /// <param name="passkey">Whether the account has one.</param>
    public static string[] Flags(
        AccountPolicy policy,
        IReadOnlyCollection<string> roles,
        IReadOnlyCollection<string> methods,
        bool authenticator,
        bool passkey,
        bool emailConfirmed
    ) =>
        [
            .. policy.ConfirmedEmail && !emailConfirmed ? ["email-not-confirmed"] : Array.Empty<string>(),
            .. Lacks(policy, roles, methods, authenticator, passkey) ? ["second-factor-required"] : Array.Empty<string>(),
            .. !policy.StepUp && !authenticator && !passkey ? ["step-up-waived"] : Array.Empty<string>(),
        ];

    // Who set up a second step is asked for it however they sign in. By password that happens before there is a sign-in, by a provider after it.
    private static bool Lacks(AccountPolicy policy, IReadOnlyCollection<string> roles, IReadOnlyCollection<string> methods, bool authenticator, bool passkey) =>
        !AreTwoFactors(methods)
        && ((policy.SecondFactor && AccountPolicy.IsStaff(roles)) || (methods.Contains(External) && OneIsNotEnough(authenticator, passkey, roles)));
}
