using MassTransit;

namespace GroupTherapy.Contracts.Enrollment.V1;

/// <summary>The first eligible member of the waitlist is offered a seat until <paramref name="OfferExpiresAt"/>.</summary>
[MessageUrn("grouptherapy:enrollment:waitlist-offered:v1")]
[EntityName("enrollment.waitlist-offered.v1")]
public sealed record WaitlistOffered(Guid EnrollmentId, Guid GroupId, Guid MemberId, DateTimeOffset OfferExpiresAt, long Version, DateTimeOffset At);
