using MassTransit;

namespace GroupTherapy.Contracts.Scheduling.V1;

/// <summary>
/// A session needs a substitute: no facilitator may lead it as it stands, or one of them asked for it. Sent once per loss;
/// <see cref="FacilitatorSubstituted"/>, <see cref="SessionCancelled"/> or <see cref="SessionAttended"/> ends it.
/// </summary>
/// <param name="Cause"><c>away</c> (time off), <c>no-cover</c> (may serve no member where they live), <c>left</c> (no longer in the practice) or
/// <c>asked</c> (by one of its facilitators, also while it runs).</param>
[MessageUrn("grouptherapy:scheduling:session-unattended:v1")]
[EntityName("scheduling.session-unattended.v1")]
public sealed record SessionUnattended(SessionSnapshot Session, string Cause, DateTimeOffset At);
