using MassTransit;

namespace GroupTherapy.Contracts.Enrollment.V1;

/// <summary>
/// Two operators withdrew a published licensing rule set from <paramref name="At"/> on; the former one is in force again.
/// </summary>
[MessageUrn("grouptherapy:enrollment:rule-set-withdrawn:v1")]
[EntityName("enrollment.rule-set-withdrawn.v1")]
public sealed record RuleSetWithdrawn(int RuleSet, string Sha256, DateTimeOffset At);
