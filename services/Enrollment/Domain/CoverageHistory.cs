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
    public FacilitatorFacts AsOf(DateTimeOffset knownAt, string role) => new(
        Id.ToString(), role, Profession, Location,
        [.. Credentials.Where(c => c.RecordedAt <= knownAt).GroupBy(c => c.Id).Select(c => c.MaxBy(v => v.Version)!).OrderBy(c => c.Id).Select(c => c.Facts)]);
}

/// <summary>A published rule set with the instants at which that became known.</summary>
public sealed record RuleSetHistory(CompiledRuleSet Rules, DateTimeOffset From, DateTimeOffset PublishedAt, DateTimeOffset? WithdrawnAt);

/// <summary>Members of one place who cannot be served in a session, or not to its end.</summary>
/// <param name="From">From this instant on: the start of the session, or a later one within it.</param>
/// <param name="Reasons">All that the engine says at that instant.</param>
/// <param name="KnownSince">When the credential or rule set was recorded that makes it so; null when none does, so that the members' moving there is what
/// does.</param>
public sealed record Loss(DateTimeOffset From, IReadOnlyList<Reason> Reasons, DateTimeOffset? KnownSince);

/// <summary>Rules and facilitators as they were recorded over time: what they say now about a jurisdiction, and since when.</summary>
/// <param name="rules">Every published rule set, withdrawn ones too.</param>
public sealed class CoverageHistory(IReadOnlyList<RuleSetHistory> rules, DateTimeOffset now)
{
    /// <summary>Whether members at a place lose cover in a session.</summary>
    /// <param name="lead">Who leads it.</param>
    /// <param name="standsIn">The lead is not the group's own.</param>
    /// <returns>Null when the team may serve the place from the session's beginning to its end.</returns>
    public Loss? Find(
        CoverageGroup group, FacilitatorHistory lead, bool standsIn, IReadOnlyList<FacilitatorHistory> cos, string place, DateTimeOffset startsAt,
            DateTimeOffset endsAt)
    {
        var from = startsAt > now ? startsAt : now;
        var inForce = RulesAsKnownAt(now, from);
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

        LicensingRequest Facts(DateTimeOffset knownAt, DateTimeOffset at) => CoverageRules.Ask(
            group, [lead.AsOf(knownAt, Vocabulary.Lead), .. cos.Select(co => co.AsOf(knownAt, Vocabulary.Co))], place, standsIn ? Points.Substitution
                : Points.Precheck, at);

        // The first instant from which every recorded state has given this same answer.
        DateTimeOffset? Since(DateTimeOffset at, Decision present)
        {
            DateTimeOffset? since = null;
            var recorded = cos.Prepend(lead).SelectMany(f => f.Credentials.Select(c => c.RecordedAt)).Concat(RecordedRules());
            foreach (var knownAt in recorded.Where(t => t <= now).Distinct().OrderDescending().Append(DateTimeOffset.MinValue))
            {
                var then = RulesAsKnownAt(knownAt, at);
                if (then.Count == 0 || then[0].From > at || !Same(present, LicensingEngine.Decide(then[0].Rules, Facts(knownAt, at), at)))
                {
                    return since;
                }

                since = knownAt;
            }

            return null;
        }
    }

    private static bool Same(Decision a, Decision b) =>
        a.Outcome == b.Outcome && a.Reasons.Select(r => (r.Code, r.Jurisdiction)).SequenceEqual(b.Reasons.Select(r => (r.Code, r.Jurisdiction)));

    private IEnumerable<DateTimeOffset> RecordedRules() =>
        rules.SelectMany(r => r.WithdrawnAt is { } withdrawn ? new[] { r.PublishedAt, withdrawn } : [r.PublishedAt]);

    // Before any rule set was recorded the first one counts: it was the law already.
    private List<RulesFrom> RulesAsKnownAt(DateTimeOffset knownAt, DateTimeOffset from)
    {
        var known = rules.Where(r => r.PublishedAt <= knownAt && (r.WithdrawnAt is null || r.WithdrawnAt > knownAt))
            .DefaultIfEmpty(rules.MinBy(r => r.PublishedAt)!).ToList();
        var timeline = new RuleTimeline(known.Select(r => new PublishedRules(r.Rules.Version, r.Rules.Sha256, r.From)));
        var found = new List<RulesFrom>();
        for (DateTimeOffset? at = from; at is { } begins; at = timeline.NextAfter(begins))
        {
            if (timeline.At(begins) is { } inForce)
            {
                found.Add(new RulesFrom(begins, known.First(r => r.Rules.Version == inForce.Version).Rules));
            }
        }

        return found;
    }
}
