using GroupTherapy.Enrollment.Licensing;

namespace GroupTherapy.Enrollment.Domain;

/// <summary>The practice that a change of rules concerns: a policy's own practice; for everything else the platform, which keeps the law for all.</summary>
public static class RuleSetScope
{
    /// <summary>The practice of those who keep the law; it offers nothing.</summary>
    public const string Platform = "platform";

    private const string Policies = "practicePolicies";

    // The head of the document holds its number and a note.
    private const string Head = "document";

    /// <summary>The practices that must agree, <see cref="Platform"/> first; none when nothing changes.</summary>
    public static IReadOnlyList<string> Of(RuleSetDocument before, RuleSetDocument after)
    {
        var diff = RuleSetDiff.Between(before, after);
        var touched = diff.Added.Concat(diff.Removed).Select(row => (row.Kind, row.Id)).Concat(diff.Changed.Select(row => (row.Kind, row.Id))).ToHashSet();
        var policies = touched.Where(row => row.Kind == Policies).Select(row => row.Id).ToHashSet(StringComparer.Ordinal);
        var practices = before.PracticePolicies.Concat(after.PracticePolicies).Where(row => policies.Contains(row.Id)).Select(row => row.Practice);
        var law = touched.Any(row => row.Kind is not (Policies or Head)) ? [Platform] : Enumerable.Empty<string>();
        return [.. law.Concat(practices.Order(StringComparer.Ordinal)).Distinct()];
    }
}
