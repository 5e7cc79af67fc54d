namespace GroupTherapy.Enrollment.Domain;

/// <summary>A group as far as seats and licensing need it.</summary>
public sealed record SeatGroup(
    Guid GroupId, string Practice, string? Name, string ServiceClass, int MinimumAge, bool Part2, bool IntakeFirst, Guid LeadId, Guid[] CoIds,
    DateTimeOffset? SeriesEndsAt, bool Closed, int Capacity, int Taken, long Version);
