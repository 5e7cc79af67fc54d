using MassTransit;

namespace GroupTherapy.Contracts.Enrollment.V1;

/// <summary>A licensing rule set was published by a second person and counts from <paramref name="EffectiveFrom"/>.</summary>
[MessageUrn("grouptherapy:enrollment:rule-set-published:v1")]
[EntityName("enrollment.rule-set-published.v1")]
public sealed record RuleSetPublished(int RuleSet, string Sha256, DateTimeOffset EffectiveFrom, DateTimeOffset At);
