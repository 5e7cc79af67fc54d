using MassTransit;

namespace GroupTherapy.Contracts.Enrollment.V1;

/// <summary>
/// The rules do not allow a confirmed enrollment any more (a move, a changed rule or group). The seat is kept until <paramref name="Until"/>,
/// and joining is denied meanwhile. <see cref="SeatGraceEnded"/> follows when it is allowed again, else <see cref="EnrollmentEnded"/>.
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
    DateTimeOffset At
);
