using GroupTherapy.Contracts.Scheduling.V1;

namespace GroupTherapy.Scheduling.Domain;

/// <summary>A session's row with the phase that its room reported.</summary>
/// <param name="Phase"><c>scheduled</c>, <c>open</c>, <c>live</c>, <c>held</c> or <c>ended</c>; null while nothing was reported.</param>
public sealed record Session(
    Guid Id, Guid GroupId, DateTimeOffset StartsAt, DateTimeOffset EndsAt, string TimeZone, Guid LeadFacilitatorId, Guid[] CoFacilitatorIds,
    DateTimeOffset? CancelledAt, long Version, string? Phase, int Sequence = 0, DateTimeOffset? ReplannedAt = null)
{
    public string Status => SessionRules.Status(CancelledAt is not null, Phase);

    /// <summary>Lead first.</summary>
    public Guid[] Staff => [LeadFacilitatorId, .. CoFacilitatorIds];

    /// <summary>What other services learn of the session.</summary>
    public SessionSnapshot Snapshot(Group group) => new(
        Id, GroupId, group.Practice, group.ServiceClass, group.Modality, StartsAt, EndsAt, TimeZone, LeadFacilitatorId, CoFacilitatorIds,
        group.Capacity, group.ChatRetentionDays, group.LateArrivals, CancelledAt is not null, Version, group.Camera, Sequence,
        ReplannedAt);
}
