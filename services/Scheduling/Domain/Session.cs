using GroupTherapy.Contracts.Scheduling.V1;

namespace GroupTherapy.Scheduling.Domain;

/// <summary>A session's row with the phase that its room reported.</summary>
/// <param name="Phase"><c>scheduled</c>, <c>open</c>, <c>live</c>, <c>held</c> or <c>ended</c>; null while nothing was reported.</param>
/// <param name="LocalDate">The day of the series that it is for; a moved session keeps it.</param>
/// <param name="Placement">The origin of its time: one of <see cref="Placements"/>.</param>
/// <param name="Extra">A session beside the series.</param>
/// <param name="AdmitsNew">New members may begin with it.</param>
public sealed record Session(
    Guid Id,
    Guid GroupId,
    DateTimeOffset StartsAt,
    DateTimeOffset EndsAt,
    string TimeZone,
    Guid LeadFacilitatorId,
    Guid[] CoFacilitatorIds,
    DateTimeOffset? CancelledAt,
    long Version,
    string? Phase,
    int Sequence = 0,
    DateTimeOffset? ReplannedAt = null,
    DateOnly LocalDate = default,
    string Placement = Placements.Series,
    bool Extra = false,
    bool AdmitsNew = true
)
{
    public string Status => SessionRules.Status(CancelledAt is not null, Phase);

    /// <summary>Its room is in use, with a facilitator or without.</summary>
    public bool IsRunning => Phase is SessionPhases.Live or SessionPhases.Held;

    /// <summary>Lead first.</summary>
    public Guid[] Staff => [LeadFacilitatorId, .. CoFacilitatorIds];

    /// <summary>The session as other services see it.</summary>
    public SessionSnapshot Snapshot(Group group) =>
        new(
            Id,
            GroupId,
            group.Practice,
            group.ServiceClass,
            group.Modality,
            StartsAt,
            EndsAt,
            TimeZone,
            LeadFacilitatorId,
            CoFacilitatorIds,
            group.Capacity,
            group.ChatRetentionDays,
            group.LateArrivals,
            CancelledAt is not null,
            Version,
            group.Camera,
            Sequence,
            ReplannedAt,
            group.Venue,
            AdmitsNew || group.Admission == "always"
        );
}

/// <summary>The origins of a session's time. Only a session that the series placed follows a change of the series.</summary>
public static class Placements
{
    public const string Series = "series";
    public const string Holiday = "holiday";
    public const string Hand = "hand";
}
