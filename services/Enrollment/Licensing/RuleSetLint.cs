using System.Text.Json.Serialization;

namespace GroupTherapy.Enrollment.Licensing;

/// <summary>
/// The faults and doubts in a rule set that an operator must see before it is published. Errors prevent the publication; warnings name rows that are not
/// checked, missing or doubled.
/// </summary>
public static class RuleSetLint
{
    /// <summary>Everything found, errors first.</summary>
    /// <param name="inUse">The values that open groups use now; the draft must still have it, or its members are denied.</param>
    public static IReadOnlyList<LintItem> Find(RuleSetDocument document, IReadOnlyList<ServiceInUse> inUse)
    {
        if (RuleSetStructure.Problems(document) is { Count: > 0 } problems)
        {
            return [.. problems.Select(problem => new LintItem(LintSeverity.Error, "unsound", [], problem))];
        }

        var found = new List<LintItem>();
        found.AddRange(
            RuleSetContradictions.Find(document).Select(pair => new LintItem(LintSeverity.Error, "contradiction", [pair.First, pair.Second], pair.Text))
        );
        found.AddRange(Bounds.Problems(document).Select(problem => new LintItem(LintSeverity.Error, "out-of-bounds", [], problem)));
        found.AddRange(SourceDates(document));
        found.AddRange(StillInUse(document, inUse));
        found.AddRange(RowsOf(document, Confidence.Disputed, "disputed", "Sources disagree on these rows, so they never allow anything."));
        found.AddRange(RowsOf(document, Confidence.Unverified, "unverified", "These rows were not checked against the law."));
        found.AddRange(RuleSetGaps.Find(document));
        found.AddRange(Overlaps(document));
        return found;
    }

    public static bool HasErrors(IReadOnlyList<LintItem> items) => items.Any(item => item.Severity == LintSeverity.Error);

    private static IEnumerable<LintItem> SourceDates(RuleSetDocument document)
    {
        string[] undated = [.. document.Rows().Where(row => row.SourceDate.Year < 1900).Select(row => row.Id)];
        return undated.Length == 0 ? [] : [new LintItem(LintSeverity.Error, "source-date", undated, "These rows do not say of which day their source is.")];
    }

    private static IEnumerable<LintItem> RowsOf(RuleSetDocument document, Confidence confidence, string code, string text)
    {
        string[] rows = [.. document.Rows().Where(row => row.Confidence == confidence).Select(row => row.Id)];
        return rows.Length == 0 ? [] : [new LintItem(LintSeverity.Warning, code, rows, text)];
    }

    private static IEnumerable<LintItem> StillInUse(RuleSetDocument document, IReadOnlyList<ServiceInUse> inUse)
    {
        foreach (var use in inUse.OrderBy(use => use.Practice, StringComparer.Ordinal).ThenBy(use => use.ServiceClass, StringComparer.Ordinal))
        {
            var groups = use.Groups == 1 ? "1 open group" : $"{use.Groups} open groups";
            var policies = document.PracticePolicies.Where(row => row.Practice == use.Practice).ToArray();
            if (document.ServiceClasses.All(row => row.Code != use.ServiceClass))
            {
                yield return new LintItem(
                    LintSeverity.Warning,
                    "service-class-in-use",
                    [],
                    $"{groups} of {use.Practice} offer {use.ServiceClass}, which this rule set does not have: no member could join them."
                );
            }
            else if (!policies.SelectMany(row => row.Offers).Any(offer => offer.ServiceClass == use.ServiceClass))
            {
                yield return new LintItem(
                    LintSeverity.Warning,
                    "offer-in-use",
                    [.. policies.Select(row => row.Id)],
                    $"{groups} of {use.Practice} offer {use.ServiceClass}, and this rule set has no offer of it: nobody could join them."
                );
            }
        }
    }

    // Two rows that say the same today are two places to forget tomorrow.
    private static IEnumerable<LintItem> Overlaps(RuleSetDocument document) =>
        [
            .. Twice(document.RoutePolicies, SaySame, row => $"Both open or close the same route in {row.Jurisdiction} at the same time."),
            .. Twice(
                document.CompactMembers,
                (a, b) => a.Compact == b.Compact && a.Jurisdiction == b.Jurisdiction,
                row => $"Both say how {row.Jurisdiction} stands to {row.Compact}."
            ),
            .. Twice(
                document.ConsentRules,
                (a, b) =>
                    a.Jurisdiction == b.Jurisdiction
                    && a.ServiceClasses.Intersect(b.ServiceClasses).Any()
                    && a.SelfConsentAge == b.SelfConsentAge
                    && a.DisputedFromAge == b.DisputedFromAge,
                row => $"Both name the same age of consent in {row.Jurisdiction}."
            ),
            .. Twice(
                document.LicenceTypes,
                (a, b) => a.Code == b.Code && a.Jurisdiction == b.Jurisdiction && a.Profession == b.Profession && a.Independent == b.Independent,
                row => $"Both describe the licence {row.Code} of {row.Jurisdiction}."
            ),
        ];

    private static IEnumerable<LintItem> Twice<TRow>(IReadOnlyList<TRow> rows, Func<TRow, TRow, bool> same, Func<TRow, string> say)
        where TRow : RuleRow
    {
        for (var i = 0; i < rows.Count; i++)
        {
            for (var j = i + 1; j < rows.Count; j++)
            {
                if (same(rows[i], rows[j]) && !RuleSetContradictions.Contradict(rows[i], rows[j]))
                {
                    yield return new LintItem(LintSeverity.Warning, "overlap", [rows[i].Id, rows[j].Id], say(rows[i]));
                }
            }
        }
    }

    private static bool SaySame(RoutePolicyRow a, RoutePolicyRow b) =>
        a.Jurisdiction == b.Jurisdiction
        && a.Route == b.Route
        && a.Compact == b.Compact
        && a.ServiceClasses.Intersect(b.ServiceClasses, StringComparer.Ordinal).Any()
        && (a.Professions is ["*"] || b.Professions is ["*"] || a.Professions.Intersect(b.Professions, StringComparer.Ordinal).Any())
        && (a.EffectiveFrom ?? DateOnly.MinValue) <= (b.EffectiveTo ?? DateOnly.MaxValue)
        && (b.EffectiveFrom ?? DateOnly.MinValue) <= (a.EffectiveTo ?? DateOnly.MaxValue);
}

/// <summary>A service that open groups of a practice offer now.</summary>
public sealed record ServiceInUse(string Practice, string ServiceClass, int Groups);

[JsonConverter(typeof(JsonStringEnumConverter<LintSeverity>))]
public enum LintSeverity
{
    /// <summary>Keeps the rule set from being published.</summary>
    [JsonStringEnumMemberName("error")]
    Error,

    [JsonStringEnumMemberName("warning")]
    Warning,
}

/// <summary>One finding.</summary>
/// <param name="Code">Stable: <c>unsound contradiction out-of-bounds source-date service-class-in-use offer-in-use disputed unverified gap
/// offer-without-route consent-general compact-without-member overlap</c>.</param>
/// <param name="Rows">Ids of the rows it is about.</param>
/// <param name="Text">A sentence for the operator.</param>
public sealed record LintItem(LintSeverity Severity, string Code, IReadOnlyList<string> Rows, string Text);
