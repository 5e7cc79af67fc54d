using MassTransit;

namespace GroupTherapy.Contracts.Enrollment.V1;

/// <summary>A member waits for a seat of a group.</summary>
[MessageUrn("grouptherapy:enrollment:enrollment-waitlisted:v1")]
[EntityName("enrollment.enrollment-waitlisted.v1")]
public sealed record EnrollmentWaitlisted(Guid EnrollmentId, Guid GroupId, Guid MemberId, string Practice, long Version, DateTimeOffset At);
