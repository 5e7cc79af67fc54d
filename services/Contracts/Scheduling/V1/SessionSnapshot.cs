namespace GroupTherapy.Contracts.Scheduling.V1;

/// <summary>One session as planned, at <paramref name="Version"/>: the greater version wins, since events may come in any order.</summary>
/// <param name="Modality"><c>video</c> or <c>in_person</c>.</param>
/// <param name="Capacity">Members' seats; the room adds the facilitators'.</param>
/// <param name="Camera"><c>optional</c>, <c>expected</c> or <c>off</c>; null means <c>optional</c>.</param>
/// <param name="ChatRetentionDays">Days after the end until the session's key is destroyed.</param>
/// <param name="Sequence">The calendar's sequence number: grows when time, venue or status change, and only then.</param>
/// <param name="ReplannedAt">When it grew last; null where the sender did not say.</param>
/// <param name="AdmitsNew">New members may begin with it.</param>
/// <param name="Venue">Where people meet in person; null for a session by video.</param>
public sealed record SessionSnapshot(
    Guid SessionId,
    Guid GroupId,
    string Practice,
    string ServiceClass,
    string Modality,
    DateTimeOffset StartsAt,
    DateTimeOffset EndsAt,
    string TimeZone,
    Guid LeadFacilitatorId,
    IReadOnlyList<Guid> CoFacilitatorIds,
    int Capacity,
    int ChatRetentionDays,
    bool LateArrivals,
    bool Cancelled,
    long Version,
    string? Camera = null,
    int Sequence = 0,
    DateTimeOffset? ReplannedAt = null,
    string? Venue = null,
    bool AdmitsNew = true
);
