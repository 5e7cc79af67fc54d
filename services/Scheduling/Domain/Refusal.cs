namespace GroupTherapy.Scheduling.Domain;

/// <summary>Why an act cannot be done as things are; answered as 409.</summary>
/// <param name="Code">Stable, part of the public contract.</param>
/// <param name="Sentence">For the person who asked.</param>
public sealed record Refusal(string Code, string Sentence);

/// <summary>A session of another plan that takes the same facilitator at the same time.</summary>
public sealed record BookingConflict(
    Guid FacilitatorId,
    Guid GroupId,
    string GroupName,
    string Practice,
    DateTimeOffset StartsAt,
    DateTimeOffset EndsAt,
    string TimeZone
);

/// <summary>A meeting that would fall into a facilitator's time off.</summary>
public sealed record MeetingInTimeOff(Guid FacilitatorId, DateTimeOffset StartsAt, DateTimeOffset EndsAt);
