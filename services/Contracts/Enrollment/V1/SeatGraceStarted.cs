using MassTransit;

namespace GroupTherapy.Contracts.Enrollment.V1;

/// <summary>
/// The rules do not allow a confirmed enrolment any more (a move, a changed rule or group): the seat is kept until <paramref name="Until"/>, and joining is
/// denied meanwhile.
/// What follows is <see cref="SeatGraceEnded"/> when it is allowed again, or <see cref="EnrollmentEnded"/>.
/// </summary>
/// <param name="ReasonCodes">Of the decision, in their stable order.</param>
[MessageUrn("grouptherapy:enrollment:seat-grace-started:v1")]
[EntityName("enrollment.seat-grace-started.v1")]
public sealed record SeatGraceStarted(
    Guid EnrollmentId,
    Guid GroupId,
    Guid MemberId,
    DateTimeOffset Until,
    IReadOnlyList<string> ReasonCodes,
    long Version,
    DateTimeOffset At);
