namespace GroupTherapy.Contracts.Identity;

/// <summary>The roles an account may hold.</summary>
public static class Roles
{
    public const string Member = "member";
    public const string Facilitator = "facilitator";
    public const string Operator = "operator";
    public static readonly string[] All = [Member, Facilitator, Operator];
}
