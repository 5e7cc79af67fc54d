using GroupTherapy.Enrollment.Licensing;

namespace GroupTherapy.Enrollment.Domain;

/// <summary>The question about a group: in which practice, service and modality its members would be served.</summary>
/// <param name="Modality">Of its sessions.</param>
public sealed record CoverageGroup(string Practice, string ServiceClass, int MinimumAge, string Modality);

/// <summary>Rules and the instant from which they are in force.</summary>
public sealed record RulesFrom(DateTimeOffset From, CompiledRuleSet Rules);

/// <summary>A time in which members at a place may be served.</summary>
/// <param name="Until">From this instant on no longer; null when nothing known ends it.</param>
public sealed record ServedPeriod(DateTimeOffset From, DateTimeOffset? Until);

/// <summary>
/// Which facilitators may serve a jurisdiction, and when: the licensing engine's own answers for an adult who lives and is there, followed from one
/// change to the next. No facts of a real member enter, so the answer is about the facilitators alone.
/// </summary>
public static class CoverageRules
{
    // Above every minimum age on every calendar, as far ahead as sessions are planned.
    private static readonly DateOnly Adult = Bounds.FirstDay;

    /// <param name="point"><c>substitution</c> for a substitute, another join point that asks for no fresh attestation otherwise.</param>
    public static LicensingRequest Ask(CoverageGroup group, IReadOnlyList<FacilitatorFacts> team, string place, string point, DateTimeOffset at) =>
        new(
            group.Practice,
            point,
            at,
            null,
            group.Modality,
            new GroupFacts(group.ServiceClass, group.MinimumAge),
            team,
            new MemberFacts("somebody", Adult, new ResidenceFacts(place), new LocationFacts(place, at))
        );

    public static bool IsServed(Decision decision) => decision.Outcome <= Outcome.AllowWithConditions;

    /// <summary>The answers from an instant on, each from where it begins to where the next one does.</summary>
    /// <param name="rules">In order of time; the first is in force at <paramref name="from"/>.</param>
    public static IEnumerable<(DateTimeOffset From, DateTimeOffset? Until, Decision Decision)> Answers(
        IReadOnlyList<RulesFrom> rules,
        LicensingRequest facts,
        DateTimeOffset from
    )
    {
        for (var i = 0; i < rules.Count; i++)
        {
            DateTimeOffset? over = i + 1 < rules.Count ? rules[i + 1].From : null;
            for (DateTimeOffset? at = i == 0 ? from : rules[i].From; at is { } begins && (over is null || begins < over);)
            {
                var decision = LicensingEngine.Decide(rules[i].Rules, facts, begins);
                at = decision.NextRecheckAt;
                yield return (begins, at is { } next && (over is null || next < over) ? next : over, decision);
            }
        }
    }

    /// <summary>The times from an instant on in which the team may serve a place; those that touch are one.</summary>
    public static IReadOnlyList<ServedPeriod> PeriodsServed(
        IReadOnlyList<RulesFrom> rules,
        CoverageGroup group,
        IReadOnlyList<FacilitatorFacts> team,
        string place,
        DateTimeOffset from
    )
    {
        var served = new List<ServedPeriod>();
        foreach (var (begins, until, decision) in Answers(rules, Ask(group, team, place, Points.Substitution, from), from))
        {
            if (!IsServed(decision))
            {
                continue;
            }

            if (served.Count > 0 && served[^1].Until == begins)
            {
                served[^1] = served[^1] with { Until = until };
            }
            else
            {
                served.Add(new ServedPeriod(begins, until));
            }
        }

        return served;
    }

    /// <summary>The places worth asking about: where members live, and where the practice offers the service now or later, since a member may be away from
    /// home.</summary>
    public static IReadOnlyList<string> Places(IReadOnlyList<RulesFrom> rules, CoverageGroup group, IEnumerable<string> residences) =>
        [.. rules.SelectMany(r => r.Rules.OfferedIn(group.Practice, group.ServiceClass, r.From)).Concat(residences).Distinct().Order(StringComparer.Ordinal)];
}
