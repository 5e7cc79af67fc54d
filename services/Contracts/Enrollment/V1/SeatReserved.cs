using MassTransit;

namespace GroupTherapy.Contracts.Enrollment.V1;

/// <summary>A member has a reserved seat of a group until <paramref name="HeldUntil"/>; the confirmation makes it an enrollment.</summary>
[MessageUrn("grouptherapy:enrollment:seat-reserved:v1")]
[EntityName("enrollment.seat-reserved.v1")]
public sealed record SeatReserved(Guid EnrollmentId, Guid GroupId, Guid MemberId, DateTimeOffset HeldUntil, long Version, DateTimeOffset At);
