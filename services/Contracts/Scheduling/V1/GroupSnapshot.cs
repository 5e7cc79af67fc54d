namespace GroupTherapy.Contracts.Scheduling.V1;

/// <summary>
/// A group as Scheduling knows it at <paramref name="Version"/>. <paramref name="Name"/> is null where 42 CFR Part 2 may apply:
/// such names do not travel.
/// </summary>
/// <param name="SeriesEndsAt">End of the last session of a series with an end; null for an open series.</param>
/// <param name="MinimumAge">Years, counted on the calendar of the member's jurisdiction.</param>
public sealed record GroupSnapshot(
    Guid GroupId,
    string Practice,
    string? Name,
    string ServiceClass,
    int Capacity,
    int MinimumAge,
    Guid LeadFacilitatorId,
    IReadOnlyList<Guid> CoFacilitatorIds,
    bool Part2,
    bool IntakeFirst,
    DateTimeOffset? SeriesEndsAt,
    bool Closed,
    long Version);
