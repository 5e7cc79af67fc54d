namespace GroupTherapy.Enrollment.Licensing;

/// <summary>
/// What two people may decide: a hold, or a refusal that comes from what is missing, unreadable or disputed. A known fact that fails is the law's and stays.
/// </summary>
internal static class OverrideRules
{
    /// <summary>Whether operators decided, and there is something to decide.</summary>
    /// <param name="place">The place must be known: it is the member's to say, and without it the lifted law would be unknown.</param>
    public static bool MayApply(ResolvedFacts facts, CompiledJurisdiction? place, long at, Outcome outcome) =>
        outcome >= Outcome.Hold && at < facts.OverrideUntil && place is not null;

    /// <param name="strictest">What both layers come to when everything missing or unclear is held.</param>
    public static void Apply(Outcome strictest, Findings findings)
    {
        if (strictest == Outcome.Deny)
        {
            return;
        }

        findings.SoftenTo(Outcome.AllowWithConditions);
        findings.Require(Conditions.Override);
    }
}
