using MassTransit;

namespace GroupTherapy.Contracts.Scheduling.V1;

/// <summary>
/// A group's series changed from a date on: one event beside those of its sessions, so that each person gets one message. The times are the wall clock's in
/// <paramref name="TimeZone"/>.
/// </summary>
/// <param name="From">The first day that the change is about.</param>
/// <param name="LocalTime"><c>HH:MM</c>.</param>
/// <param name="IntervalWeeks">1 or 2.</param>
/// <param name="FirstStartsAt">Start of the first session by the new series; null when none is planned yet.</param>
/// <param name="Changes">Changed parts: <c>time</c>, <c>zone</c>, <c>weekday</c>, <c>interval</c>, <c>duration</c>, <c>facilitator</c>, <c>venue</c>.</param>
/// <param name="Cause"><c>changed</c> by an operator, or <c>zone-rules</c>: a law changed when the clocks change.</param>
[MessageUrn("grouptherapy:scheduling:series-changed:v1")]
[EntityName("scheduling.series-changed.v1")]
public sealed record SeriesChanged(
    Guid GroupId,
    string Practice,
    DateOnly From,
    string DayOfWeek,
    string LocalTime,
    string TimeZone,
    int DurationMinutes,
    int IntervalWeeks,
    Guid LeadFacilitatorId,
    DateTimeOffset? FirstStartsAt,
    IReadOnlyList<string> Changes,
    string Cause,
    long Version,
    DateTimeOffset At
);
