namespace GroupTherapy.Contracts.Scheduling.V1;

/// <summary>
/// A group as Scheduling knows it at <paramref name="Version"/>. <paramref name="Name"/> is null where 42 CFR Part 2 may apply:
/// such names do not travel.
/// </summary>
/// <param name="SeriesEndsAt">End of the last session of a series with an end; null for an open series.</param>
/// <param name="AdmitsUntil">No new member after this instant, while no later session admits; null where members may begin at any session.</param>
/// <param name="ReservedFor">The only account that may have its seat: who booked it; null for a group of the catalogue.</param>
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
    long Version,
    DateTimeOffset? AdmitsUntil = null,
    Guid? ReservedFor = null
);
