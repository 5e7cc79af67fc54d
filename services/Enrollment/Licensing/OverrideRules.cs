namespace GroupTherapy.Enrollment.Licensing;

/// <summary>
/// The cases that two operators may override: a hold, or a refusal for a missing, unreadable or disputed fact. A known fact that fails is the law's and
/// cannot be overridden.
/// </summary>
internal static class OverrideRules
{
    /// <summary>Whether operators decided, and there is something to decide.</summary>
    /// <param name="place">The place must be known: it is the member's to say, and without it the lifted law would be unknown.</param>
    public static bool MayApply(ResolvedFacts facts, CompiledJurisdiction? place, long at, Outcome outcome) =>
        outcome >= Outcome.Hold && at < facts.OverrideUntil && place is not null;

    /// <param name="strictest">The outcome of both layers when everything missing or unclear is held.</param>
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
