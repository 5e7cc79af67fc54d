using MassTransit;

namespace GroupTherapy.Contracts.Enrollment.V1;

/// <summary>The rules allow the enrollment again before its grace was over: the member keeps the seat.</summary>
[MessageUrn("grouptherapy:enrollment:seat-grace-ended:v1")]
[EntityName("enrollment.seat-grace-ended.v1")]
public sealed record SeatGraceEnded(Guid EnrollmentId, Guid GroupId, Guid MemberId, long Version, DateTimeOffset At);
