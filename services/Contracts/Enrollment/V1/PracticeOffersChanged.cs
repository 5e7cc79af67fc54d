using MassTransit;

namespace GroupTherapy.Contracts.Enrollment.V1;

/// <summary>
/// Where each practice offers which class of service, by the rule set that is in force from <paramref name="At"/> on.
/// It is the whole list and replaces every earlier one.
/// </summary>
[MessageUrn("grouptherapy:enrollment:practice-offers-changed:v1")]
[EntityName("enrollment.practice-offers-changed.v1")]
public sealed record PracticeOffersChanged(int RuleSet, IReadOnlyList<PracticeOffer> Offers, DateTimeOffset At);
