using MassTransit;

namespace GroupTherapy.Contracts.Enrollment.V1;

/// <summary>A member has the same seat every week from now on.</summary>
[MessageUrn("grouptherapy:enrollment:enrollment-confirmed:v1")]
[EntityName("enrollment.enrollment-confirmed.v1")]
public sealed record EnrollmentConfirmed(Guid EnrollmentId, Guid GroupId, Guid MemberId, long Version, DateTimeOffset At);
