namespace GroupTherapy.Identity.Domain;

/// <summary>How a person proved themselves, as the values of <c>amr</c> (RFC 8176).</summary>
public static class SignInMethods
{
    public static readonly string[] Password = ["pwd"];
    public static readonly string[] PasswordAndCode = ["pwd", "otp", "mfa"];
    public static readonly string[] PasswordAndRecoveryCode = ["pwd", "mfa"];

    /// <summary>A passkey is held and unlocked: two factors at once.</summary>
    public static readonly string[] Passkey = ["pop", "user", "mfa"];

    public static bool AreTwoFactors(IReadOnlyCollection<string> methods) => methods.Contains("mfa");

    /// <summary>Whether the right password alone is not enough. A member's passkey is a second way in, not a second step.</summary>
    public static bool PasswordIsNotEnough(bool authenticator, bool passkey, IReadOnlyCollection<string> roles) =>
        authenticator || (passkey && AccountPolicy.IsStaff(roles));

    /// <summary>What a token says of the account: see <c>Caller.FlagClaim</c>.</summary>
    /// <param name="secondFactor">Whether the account has one.</param>
    public static string[] Flags(
        AccountPolicy policy, IReadOnlyCollection<string> roles, IReadOnlyCollection<string> methods, bool secondFactor, bool emailConfirmed) =>
    [
        .. policy.ConfirmedEmail && !emailConfirmed ? ["email-not-confirmed"] : Array.Empty<string>(),
        .. policy.SecondFactor && AccountPolicy.IsStaff(roles) && !AreTwoFactors(methods) ? ["second-factor-required"] : Array.Empty<string>(),
        .. !policy.StepUp && !secondFactor ? ["step-up-waived"] : Array.Empty<string>(),
    ];
}
