using MassTransit;

namespace GroupTherapy.Contracts.Enrollment.V1;

/// <summary>
/// Where the enrolled members of a group live (counts, never names), and which facilitators of its practice may serve which jurisdictions as
/// its lead, as of <paramref name="Version"/>. Scheduling ranks substitutes by it.
/// </summary>
/// <param name="Facilitators">Every facilitator of the practice who may serve at least one jurisdiction now, or later by what is known; the group's lead too.
/// Jurisdictions are the members' own and all where the practice offers the service, since a member may be away from home.</param>
[MessageUrn("grouptherapy:enrollment:coverage-changed:v1")]
[EntityName("enrollment.coverage-changed.v1")]
public sealed record CoverageChanged(
    Guid GroupId,
    IReadOnlyList<MembersByJurisdiction> Members,
    IReadOnlyList<FacilitatorCover> Facilitators,
    long Version,
    DateTimeOffset At
);
