namespace GroupTherapy.Contracts.Enrollment.V1;

/// <summary>
/// The places that one facilitator may serve as lead of a group. A place stands here once for each time it is served, when there is a gap between them.
/// </summary>
public sealed record FacilitatorCover(Guid FacilitatorId, IReadOnlyList<PlaceServed> Places);
