using MassTransit;

namespace GroupTherapy.Contracts.Enrollment.V1;

/// <summary>
/// Where the enrolled members of a group live (counts, never names), and which facilitators of its practice may serve which places as its lead, as of
/// <paramref name="Version"/>.
/// Scheduling ranks substitutes by it.
/// </summary>
/// <param name="Facilitators">Everybody of the practice who may serve at least one place now or by what is known later, the group's own lead included.
/// Besides the members' own places these are all
/// where the practice offers the group's service, since a member may be away from home.</param>
[MessageUrn("grouptherapy:enrollment:coverage-changed:v1")]
[EntityName("enrollment.coverage-changed.v1")]
public sealed record CoverageChanged(
    Guid GroupId,
    IReadOnlyList<MembersInPlace> Members,
    IReadOnlyList<FacilitatorCover> Facilitators,
    long Version,
    DateTimeOffset At);
