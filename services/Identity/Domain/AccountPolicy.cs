using GroupTherapy.Contracts.Identity;

namespace GroupTherapy.Identity.Domain;

/// <summary>A deployment's requirements for accounts. A demonstration requires nothing that its visitors could not have.</summary>
/// <param name="SecondFactor">Facilitators and operators need one.</param>
/// <param name="ConfirmedEmail">Enrolling needs one.</param>
/// <param name="StepUp">Also who has no second factor is asked for the password again before grave acts.</param>
/// <param name="StaffIdle">A facilitator's or operator's sign-in ends when it was not renewed for so long.</param>
/// <param name="MemberIdle">The same for members.</param>
/// <param name="Lifetime">A sign-in ends after this in any case.</param>
public sealed record AccountPolicy(bool SecondFactor, bool ConfirmedEmail, bool StepUp, TimeSpan StaffIdle, TimeSpan MemberIdle, TimeSpan Lifetime)
{
    /// <param name="production">False in a demonstration.</param>
    public static AccountPolicy Read(IConfiguration configuration, bool production)
    {
        var set = configuration.GetSection("Accounts");
        var lifetime = Positive(set, "SignInHours", SignInRules.Lifetime.TotalHours, TimeSpan.FromHours);
        return new AccountPolicy(
            set.GetValue("SecondFactor", production),
            set.GetValue("ConfirmedEmail", production),
            set.GetValue("StepUp", production),
            Positive(set, "StaffIdleMinutes", production ? 30 : lifetime.TotalMinutes, TimeSpan.FromMinutes),
            Positive(set, "MemberIdleMinutes", lifetime.TotalMinutes, TimeSpan.FromMinutes),
            lifetime
        );
    }

    public TimeSpan IdleOf(IReadOnlyCollection<string> roles) => IsStaff(roles) ? StaffIdle : MemberIdle;

    public static bool IsStaff(IReadOnlyCollection<string> roles) => roles.Contains(Roles.Facilitator) || roles.Contains(Roles.Operator);

    private static TimeSpan Positive(IConfiguration set, string name, double usual, Func<double, TimeSpan> unit) =>
        set.GetValue(name, usual) is var value and > 0 and <= 14 * 24 * 60
            ? unit(value)
            : throw new InvalidOperationException($"Accounts:{name} must be a positive number.");
}
