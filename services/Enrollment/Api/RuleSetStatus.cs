namespace GroupTherapy.Enrollment.Api;

/// <summary>States of a rule set, in the order of its life.</summary>
internal static class RuleSetStatus
{
    public const string Draft = "draft";
    public const string InReview = "in_review";
    public const string Published = "published";
    public const string Withdrawn = "withdrawn";

    /// <summary>The first rule set: there must always be one in force, so it stays.</summary>
    public const int Seed = 1;
}
