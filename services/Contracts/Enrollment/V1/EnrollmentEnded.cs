using MassTransit;

namespace GroupTherapy.Contracts.Enrollment.V1;

/// <summary>A confirmed enrollment is over; <paramref name="Reason"/> is a code, never free text.</summary>
[MessageUrn("grouptherapy:enrollment:enrollment-ended:v1")]
[EntityName("enrollment.enrollment-ended.v1")]
public sealed record EnrollmentEnded(Guid EnrollmentId, Guid GroupId, Guid MemberId, string Reason, long Version, DateTimeOffset At);
