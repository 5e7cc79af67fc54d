using MassTransit;

namespace GroupTherapy.Contracts.Scheduling.V1;

/// <summary>
/// No facilitator may lead a coming session, as it stands: it needs a substitute. Sent once per loss; <see cref="FacilitatorSubstituted"/>,
/// <see cref="SessionCancelled"/> or <see cref="SessionAttended"/> ends it.
/// </summary>
/// <param name="Cause"><c>away</c> (time off), <c>no-cover</c> (may serve no member where they live) or <c>left</c> (no longer in the practice).</param>
[MessageUrn("grouptherapy:scheduling:session-unattended:v1")]
[EntityName("scheduling.session-unattended.v1")]
public sealed record SessionUnattended(
    SessionSnapshot Session,
    string Cause,
    DateTimeOffset At);
