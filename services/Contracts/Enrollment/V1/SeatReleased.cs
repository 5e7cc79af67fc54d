using MassTransit;

namespace GroupTherapy.Contracts.Enrollment.V1;

/// <summary>A reserved or offered seat is free again: cancelled, expired or refused (<paramref name="Reason"/> is a code, never free text).</summary>
[MessageUrn("grouptherapy:enrollment:seat-released:v1")]
[EntityName("enrollment.seat-released.v1")]
public sealed record SeatReleased(Guid EnrollmentId, Guid GroupId, Guid MemberId, string Reason, long Version, DateTimeOffset At);
