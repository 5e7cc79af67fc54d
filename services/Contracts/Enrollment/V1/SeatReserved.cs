using MassTransit;

namespace GroupTherapy.Contracts.Enrollment.V1;

/// <summary>A member holds a seat of a group until <paramref name="HeldUntil"/>; confirmation turns the hold into an enrolment.</summary>
[MessageUrn("grouptherapy:enrollment:seat-reserved:v1")]
[EntityName("enrollment.seat-reserved.v1")]
public sealed record SeatReserved(
    Guid EnrollmentId,
    Guid GroupId,
    Guid MemberId,
    DateTimeOffset HeldUntil,
    long Version,
    DateTimeOffset At);
