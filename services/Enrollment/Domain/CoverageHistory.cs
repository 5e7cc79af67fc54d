using GroupTherapy.Enrollment.Licensing;

namespace GroupTherapy.Enrollment.Domain;

/// <summary>A version of a credential with the instant at which it was recorded.</summary>
public sealed record CredentialVersion(Guid Id, int Version, DateTimeOffset RecordedAt, CredentialFacts Facts);

/// <summary>A facilitator with every version of every credential.</summary>
public sealed record FacilitatorHistory(Guid Id, string Profession, string? Location, IReadOnlyList<CredentialVersion> Credentials)
{
    /// <summary>A facilitator of whom nothing is known here yet, which never allows.</summary>
    public static FacilitatorHistory Unknown(Guid id) => new(id, Vocabulary.Unknown, null, []);

    /// <summary>As the record showed the facilitator at an instant.</summary>
    public FacilitatorFacts AsOf(DateTimeOffset knownAt, string role) =>
        new(
            Id.ToString(),
            role,
            Profession,
            Location,
            [
                .. Credentials
                    .Where(c => c.RecordedAt <= knownAt)
                    .GroupBy(c => c.Id)
                    .Select(c => c.MaxBy(v => v.Version)!)
                    .OrderBy(c => c.Id)
                    .Select(c => c.Facts),
            ]
        );
}

/// <summary>A published rule set with the instants at which that became known.</summary>
public sealed record RuleSetHistory(CompiledRuleSet Rules, DateTimeOffset From, DateTimeOffset PublishedAt, DateTimeOffset? WithdrawnAt);

/// <summary>Members of one place who cannot be served in a session, or not to its end.</summary>
/// <param name="From">From this instant on: the start of the session, or a later one within it.</param>
/// <param name="Reasons">All that the engine says at that instant.</param>
/// <param name="KnownSince">When the credential or rule set was recorded that makes it so; null when none does, so that the members' moving there is what
/// does.</param>
public sealed record Loss(DateTimeOffset From, IReadOnlyList<Reason> Reasons, DateTimeOffset? KnownSince);

/// <summary>Rules and facilitators as they were recorded over time: their present answer about a jurisdiction, and since when.</summary>
/// <param name="rules">Every published rule set, withdrawn ones too.</param>
public sealed class CoverageHistory(IReadOnlyList<RuleSetHistory> rules, DateTimeOffset now)
{
    private readonly Dictionary<int, CompiledRuleSet> _known = KnownAt(rules, now).ToDictionary(r => r.Rules.Version, r => r.Rules);
    private readonly RuleTimeline _timeline = new(KnownAt(rules, now).Select(r => new PublishedRules(r.Rules.Version, r.Rules.Sha256, r.From)));

    /// <summary>Whether members at a place lose cover in a session.</summary>
    /// <param name="lead">The facilitator who leads it.</param>
    /// <param name="standsIn">The lead is not the group's own.</param>
    /// <returns>Null when the team may serve the place from the session's beginning to its end.</returns>
    public Loss? Find(
        CoverageGroup group,
        FacilitatorHistory lead,
        bool standsIn,
        IReadOnlyList<FacilitatorHistory> cos,
        string place,
        DateTimeOffset startsAt,
        DateTimeOffset endsAt
    )
    {
        var from = startsAt > now ? startsAt : now;
        var inForce = InForceFrom(from);
        if (inForce.Count == 0 || inForce[0].From > from)
        {
            throw new InvalidOperationException($"No rule set is in force at {from:O}.");
        }

        foreach (var (begins, _, decision) in CoverageRules.Answers(inForce, Facts(now, from), from))
        {
            if (begins >= endsAt)
            {
                return null;
            }

            if (!CoverageRules.IsServed(decision))
            {
                return new Loss(begins, decision.Reasons, Since(begins, decision));
            }
        }

        return null;

        LicensingRequest Facts(DateTimeOffset knownAt, DateTimeOffset at) =>
            CoverageRules.Ask(
                group,
                [lead.AsOf(knownAt, Vocabulary.Lead), .. cos.Select(co => co.AsOf(knownAt, Vocabulary.Co))],
                place,
                standsIn ? Points.Substitution : Points.Precheck,
                at
            );

        // The first instant from which every recorded state has given this same answer.
        DateTimeOffset? Since(DateTimeOffset at, Decision present)
        {
            var credentials = cos.Prepend(lead).SelectMany(f => f.Credentials.Select(c => c.RecordedAt)).Where(t => t <= now).ToHashSet();
            DateTimeOffset? since = null;
            CompiledRuleSet? asked = null;
            foreach (var knownAt in credentials.Concat(RecordedRules()).Where(t => t <= now).Distinct().OrderDescending().Append(DateTimeOffset.MinValue))
            {
                // Between two credentials the same rule set says the same: with hundreds of rule sets most of the record need not be asked.
                var then = InForceAsKnownAt(knownAt, at);
                var isAsked = ReferenceEquals(then, asked) && since is { } later && !credentials.Contains(later);
                if (then is null || (!isAsked && !Same(present, LicensingEngine.Decide(then, Facts(knownAt, at), at))))
                {
                    return since;
                }

                (since, asked) = (knownAt, then);
            }

            return null;
        }
    }

    private static bool Same(Decision a, Decision b) =>
        a.Outcome == b.Outcome && a.Reasons.Select(r => (r.Code, r.Jurisdiction)).SequenceEqual(b.Reasons.Select(r => (r.Code, r.Jurisdiction)));

    private IEnumerable<DateTimeOffset> RecordedRules() =>
        rules.SelectMany(r => r.WithdrawnAt is { } withdrawn ? new[] { r.PublishedAt, withdrawn } : [r.PublishedAt]);

    // Before any rule set was recorded the first one counts: it was the law already.
    private static IEnumerable<RuleSetHistory> KnownAt(IReadOnlyList<RuleSetHistory> rules, DateTimeOffset knownAt) =>
        rules.Where(r => r.PublishedAt <= knownAt && (r.WithdrawnAt is null || r.WithdrawnAt > knownAt)).DefaultIfEmpty(rules.MinBy(r => r.PublishedAt)!);

    private CompiledRuleSet? InForceAsKnownAt(DateTimeOffset knownAt, DateTimeOffset at) =>
        KnownAt(rules, knownAt).Where(r => r.From <= at).MaxBy(r => (r.From, r.Rules.Version))?.Rules;

    private List<RulesFrom> InForceFrom(DateTimeOffset from)
    {
        var found = new List<RulesFrom>();
        for (DateTimeOffset? at = from; at is { } begins; at = _timeline.NextAfter(begins))
        {
            if (_timeline.At(begins) is { } inForce)
            {
                found.Add(new RulesFrom(begins, _known[inForce.Version]));
            }
        }

        return found;
    }
}
