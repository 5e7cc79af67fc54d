namespace GroupTherapy.Enrollment.Licensing;

/// <summary>
/// Which rule set is in force at each instant from now on, as known now: published ones count from their beginning until the next one begins. Of two
/// that begin together, the later number counts.
/// </summary>
public sealed class RuleTimeline
{
    private readonly PublishedRules[] _beginnings;

    /// <param name="published">Published and not withdrawn, in any order.</param>
    public RuleTimeline(IEnumerable<PublishedRules> published) =>
        _beginnings = [
            .. published.OrderBy(rules => rules.EffectiveFrom).ThenBy(rules => rules.Version).GroupBy(rules => rules.EffectiveFrom).Select(same => same.Last()),
        ];

    /// <summary>The rule set in force at an instant; null before the first.</summary>
    public PublishedRules? At(DateTimeOffset at)
    {
        PublishedRules? found = null;
        foreach (var rules in _beginnings)
        {
            if (rules.EffectiveFrom > at)
            {
                break;
            }

            found = rules;
        }

        return found;
    }

    /// <summary>The first later instant at which another rule set begins; null when none is published.</summary>
    public DateTimeOffset? NextAfter(DateTimeOffset at)
    {
        foreach (var rules in _beginnings)
        {
            if (rules.EffectiveFrom > at)
            {
                return rules.EffectiveFrom;
            }
        }

        return null;
    }
}

/// <summary>A rule set and when it begins to count.</summary>
public sealed record PublishedRules(int Version, string Sha256, DateTimeOffset EffectiveFrom);
