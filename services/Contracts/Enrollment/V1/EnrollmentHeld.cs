using MassTransit;

namespace GroupTherapy.Contracts.Enrollment.V1;

/// <summary>A request for a seat waits for a decision by an operator of the practice, or for an intake. The reasons stay in Enrollment.</summary>
[MessageUrn("grouptherapy:enrollment:enrollment-held:v1")]
[EntityName("enrollment.enrollment-held.v1")]
public sealed record EnrollmentHeld(Guid EnrollmentId, Guid GroupId, Guid MemberId, string Practice, long Version, DateTimeOffset At);
