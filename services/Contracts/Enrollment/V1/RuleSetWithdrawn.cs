using MassTransit;

namespace GroupTherapy.Contracts.Enrollment.V1;

/// <summary>
/// A published licensing rule set counts no longer from <paramref name="At"/> on, by the word of two operators; the former one is in force again.
/// </summary>
[MessageUrn("grouptherapy:enrollment:rule-set-withdrawn:v1")]
[EntityName("enrollment.rule-set-withdrawn.v1")]
public sealed record RuleSetWithdrawn(
    int RuleSet,
    string Sha256,
    DateTimeOffset At);
