using GroupTherapy.Enrollment.Licensing;

namespace GroupTherapy.Enrollment.Domain;

/// <summary>A group that the member could have instead.</summary>
public sealed record AlternativeGroup(Guid Id, string Name);

/// <summary>A decision as the public contract shows it.</summary>
/// <param name="Id">Null for an evaluation that was not stored.</param>
public sealed record DecisionView(
    Guid? Id,
    Outcome Outcome,
    IReadOnlyList<Reason> Reasons,
    IReadOnlyList<string> Conditions,
    IReadOnlyList<string> Alternatives,
    IReadOnlyList<AlternativeGroup> AlternativeGroups,
    DateTimeOffset? NextRecheckAt,
    RuleSetReference RuleSet,
    string Engine
)
{
    public static DecisionView Of(Guid? id, Decision d, IReadOnlyList<AlternativeGroup> groups) =>
        new(id, d.Outcome, d.Reasons, d.Conditions, d.Alternatives, groups, d.NextRecheckAt, d.RuleSet, d.Engine);
}
