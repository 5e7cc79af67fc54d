namespace GroupTherapy.Enrollment.Licensing;

/// <summary>Rows that do not say the same about the same thing at the same time. Publishing them is refused; if they are asked all the same, they
/// deny.</summary>
public static class RuleSetContradictions
{
    /// <summary>Every contradicting pair, ordered by the rows' ids.</summary>
    public static IReadOnlyList<Contradiction> Find(RuleSetDocument document)
    {
        var found = new List<Contradiction>();
        found.AddRange(Pairs(document.RoutePolicies, Contradict, (a, b) => $"Both say how the route {Name(a)} stands in {a.Jurisdiction}, and not the same."));
        found.AddRange(Pairs(document.CompactMembers, Contradict, (a, _) => $"Both say how {a.Jurisdiction} stands to {a.Compact}, and not the same."));
        found.AddRange(Pairs(document.ConsentRules, Contradict, (a, _) => $"Both name ages of consent in {a.Jurisdiction}, and not the same."));
        found.AddRange(Pairs(document.PracticePolicies, (a, b) => a.Practice == b.Practice, (a, _) => $"Both are the policy of {a.Practice}."));
        found.AddRange(Pairs(document.LicenceTypes, Contradict, (a, _) => $"Both describe the licence {a.Code} of {a.Jurisdiction}, and not the same."));
        return [.. found.OrderBy(pair => pair.First, StringComparer.Ordinal).ThenBy(pair => pair.Second, StringComparer.Ordinal)];
    }

    /// <summary>Whether two rows of a kind contradict each other; false for kinds that cannot.</summary>
    internal static bool Contradict(RuleRow a, RuleRow b) =>
        (a, b) switch
        {
            (RoutePolicyRow x, RoutePolicyRow y) => Contradict(x, y),
            (CompactMemberRow x, CompactMemberRow y) => Contradict(x, y),
            (ConsentRuleRow x, ConsentRuleRow y) => Contradict(x, y),
            (LicenceTypeRow x, LicenceTypeRow y) => Contradict(x, y),
            _ => false,
        };

    private static IEnumerable<Contradiction> Pairs<TRow>(IReadOnlyList<TRow> rows, Func<TRow, TRow, bool> contradict, Func<TRow, TRow, string> say)
        where TRow : RuleRow
    {
        TRow[] ordered = [.. rows.OrderBy(row => row.Id, StringComparer.Ordinal)];
        for (var i = 0; i < ordered.Length; i++)
        {
            for (var j = i + 1; j < ordered.Length; j++)
            {
                if (contradict(ordered[i], ordered[j]))
                {
                    yield return new Contradiction(ordered[i].Id, ordered[j].Id, say(ordered[i], ordered[j]));
                }
            }
        }
    }

    private static bool Contradict(RoutePolicyRow a, RoutePolicyRow b) =>
        a.Jurisdiction == b.Jurisdiction
        && a.Route == b.Route
        && a.Compact == b.Compact
        && Share(a.ServiceClasses, b.ServiceClasses)
        && Share(a.Professions, b.Professions)
        && (a.EffectiveFrom ?? DateOnly.MinValue) <= (b.EffectiveTo ?? DateOnly.MaxValue)
        && (b.EffectiveFrom ?? DateOnly.MinValue) <= (a.EffectiveTo ?? DateOnly.MaxValue)
        && (a.Effect != b.Effect || a.DayBudget != b.DayBudget || !a.Conditions.Order().SequenceEqual(b.Conditions.Order()));

    private static bool Contradict(ConsentRuleRow a, ConsentRuleRow b) =>
        a.Jurisdiction == b.Jurisdiction
        && Share(a.ServiceClasses, b.ServiceClasses)
        && (a.SelfConsentAge != b.SelfConsentAge || a.DisputedFromAge != b.DisputedFromAge);

    private static bool Contradict(CompactMemberRow a, CompactMemberRow b) =>
        a.Compact == b.Compact && a.Jurisdiction == b.Jurisdiction && Substance(a) != Substance(b);

    private static bool Contradict(LicenceTypeRow a, LicenceTypeRow b) =>
        a.Code == b.Code && a.Jurisdiction == b.Jurisdiction && a.Profession == b.Profession && a.Independent != b.Independent;

    private static (MembershipStatus, DateOnly?, DateOnly?, DateOnly?, bool) Substance(CompactMemberRow row) =>
        (row.Status, row.EnactedOn, row.OperationalFrom, row.OperationalTo, row.Confidence == Confidence.Disputed);

    private static bool Share(IReadOnlyList<string> a, IReadOnlyList<string> b) => a is ["*"] || b is ["*"] || a.Intersect(b, StringComparer.Ordinal).Any();

    private static string Name(RoutePolicyRow row) => row.Compact ?? row.Route.ToString();
}

/// <summary>Two rows that contradict each other.</summary>
/// <param name="First">Id of a row.</param>
/// <param name="Second">Id of the other.</param>
/// <param name="Text">A sentence for the operator.</param>
public sealed record Contradiction(string First, string Second, string Text);
