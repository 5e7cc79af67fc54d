namespace GroupTherapy.Enrollment.Licensing;

/// <summary>An answer at one instant, before it is written out.</summary>
internal readonly struct Answer(Findings findings, int[] alternatives) : IEquatable<Answer>
{
    public Outcome Outcome => findings.Outcome;

    public IReadOnlyList<Finding> Findings => findings.Items;

    /// <summary>Conditions belong to an answer that admits a member under them, and to no other.</summary>
    public Conditions Conditions => findings.Outcome == Outcome.AllowWithConditions ? findings.Conditions : Conditions.None;

    /// <summary>Numbers of service classes.</summary>
    public ReadOnlySpan<int> Alternatives => alternatives;

    public bool Equals(Answer other)
    {
        if (
            Outcome != other.Outcome
            || Conditions != other.Conditions
            || Findings.Count != other.Findings.Count
            || !Alternatives.SequenceEqual(other.Alternatives)
        )
        {
            return false;
        }

        for (var i = 0; i < Findings.Count; i++)
        {
            if (!Findings[i].Equals(other.Findings[i]))
            {
                return false;
            }
        }

        return true;
    }

    public override bool Equals(object? obj) => obj is Answer other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(Outcome, Conditions, Findings.Count);
}

/// <summary>Both layers, in full, at one instant. The strictest reason decides.</summary>
internal static class Evaluation
{
    public static Answer At(ResolvedFacts facts, CompiledServiceClass service, long at, Scratch scratch)
    {
        var place = Layers(facts, service, at, scratch);
        HistoryRules.Apply(facts, service, place, at, scratch.Findings);
        if (OverrideRules.MayApply(facts, place, at, scratch.Findings.Outcome))
        {
            Lift(facts, service, at, scratch);
        }

        CrisisRules.Apply(facts, service, scratch.Findings);
        var findings = scratch.Take();
        return new Answer(findings, findings.Outcome < Outcome.Hold ? [] : Alternatives(facts, service, at, scratch));
    }

    private static CompiledJurisdiction? Layers(ResolvedFacts facts, CompiledServiceClass service, long at, Scratch scratch)
    {
        var findings = scratch.Findings;
        var place = PlaceRules.Find(facts, at, findings);
        PracticeRules.Apply(facts, service, place, at, findings);
        var open = LawRules.Apply(facts, service, place, at, scratch);
        ConsentRules.Apply(facts, service, place, at, findings);
        if (open && !facts.IsJoin)
        {
            SeriesRules.Apply(facts, service, place!, at, scratch);
            if (facts.Reading >= Reading.Second)
            {
                DayBudgetRules.Apply(facts, service, place!, at, scratch);
            }
        }

        return place;
    }

    // Both layers are asked once more with everything missing or unclear left to a person: a denial even so comes from a known fact that fails.
    private static void Lift(ResolvedFacts facts, CompiledServiceClass service, long at, Scratch scratch)
    {
        var findings = scratch.Take();
        Layers(facts.LookedAt(), service, at, scratch);
        var strictest = scratch.Take().Outcome;
        scratch.Resume(findings);
        OverrideRules.Apply(strictest, findings);
    }

    // What the practice proposes instead is tried with the same member, place and instant, so that nothing is offered that would be refused next.
    private static int[] Alternatives(ResolvedFacts facts, CompiledServiceClass service, long at, Scratch scratch)
    {
        if (facts.Practice?.Offers[service.Index] is not { Instead.Length: > 0 } offer)
        {
            return [];
        }

        var possible = new List<int>(offer.Instead.Length);
        foreach (var instead in offer.Instead)
        {
            if (instead == service.Index)
            {
                continue;
            }

            Layers(facts, facts.Rules.ServiceClasses[instead], at, scratch);
            if (scratch.Findings.Outcome < Outcome.Hold)
            {
                possible.Add(instead);
            }

            scratch.Findings.Clear();
        }

        possible.Sort();
        return [.. possible];
    }
}
