using MassTransit;

namespace GroupTherapy.Contracts.Scheduling.V1;

/// <summary>Another facilitator leads this one session.</summary>
/// <param name="PreviousLeadId">The facilitator who was to lead it before; null where the sender did not say.</param>
/// <param name="Cause"><c>substituted</c> (this one session) or <c>series-changed</c>; of the latter, <see cref="SeriesChanged"/> tells once for all.</param>
[MessageUrn("grouptherapy:scheduling:facilitator-substituted:v1")]
[EntityName("scheduling.facilitator-substituted.v1")]
public sealed record FacilitatorSubstituted(SessionSnapshot Session, DateTimeOffset At, Guid? PreviousLeadId = null, string Cause = "substituted");
